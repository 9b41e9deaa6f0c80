import { describe, expect, it } from 'vitest';
import {
  capabilitiesOf,
  takesJsonSchema,
  thinkingControlOf,
} from '../../../../src/providers/google/capabilities.ts';

describe('what models of Gemini take', () => {
  it.each([
    [
      'gemini-3.8-flash',
      { reasoning: true, tools: true, presencePenalty: false, maxStopTexts: 5, maxTemperature: 2 },
    ],
    ['models/gemini-3.8-flash', { reasoning: true, presencePenalty: false }],
    ['gemini-flash-latest', { reasoning: true, presencePenalty: false }],
    ['a-model-of-tomorrow', { reasoning: true, tools: true }],
    ['gemini-2.5-pro', { reasoning: true, presencePenalty: false, frequencyPenalty: false }],
    [
      'gemini-2.0-flash-001',
      { reasoning: false, presencePenalty: true, frequencyPenalty: true, tools: true },
    ],
    ['gemini-1.5-pro', { reasoning: false, jsonSchema: true }],
    ['gemini-2.5-flash-image', { reasoning: false, tools: false, jsonSchema: false, imageInput: true }],
    ['gemini-embedding-001', { completion: false, embedding: true, tools: false, maxTemperature: 0 }],
    ['models/text-embedding-004', { completion: false, embedding: true }],
    ['gemini-3-flash', { completion: true, embedding: false }],
    ['gemma-3-27b-it', { reasoning: false, tools: false, audioInput: false }],
  ])('knows %s', (model, takes) => {
    expect(capabilitiesOf(model)).toMatchObject(takes);
  });

  it.each([
    ['gemini-2.5-flash', true],
    ['models/gemini-2.5-pro', true],
    ['gemini-3-flash-preview', true],
    ['gemini-3.1-flash-lite', true],
    ['gemini-3.5-flash', false],
    ['gemini-3.5-flash-lite', false],
    ['gemini-3.8-flash', false],
    ['gemini-flash-latest', false],
    ['gemini-1.5-flash', false],
    ['gemini-2.5-flash-image', false],
    ['gemini-2.5-pro-preview-tts', false],
    ['gemini-embedding-001', false],
    ['gemma-3-27b-it', false],
  ])('knows whether %s goes on with a begun answer', (model, prefill) => {
    expect(capabilitiesOf(model).prefill).toBe(prefill);
  });

  it.each([
    ['gemini-3-flash-preview', 'level', true],
    ['models/gemini-pro-latest', 'level', true],
    ['models/gemini-2.5-flash-lite', 'budget', true],
    ['gemini-2.0-flash', undefined, false],
    ['gemini-1.5-flash', undefined, false],
  ])(
    'knows how %s is told to think (%s), and whether it takes JSON Schema (%s)',
    (model, control, jsonSchema) => {
      expect(thinkingControlOf(model)).toBe(control);
      expect(takesJsonSchema(model)).toBe(jsonSchema);
    },
  );
});
