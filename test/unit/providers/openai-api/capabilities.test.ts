import { describe, expect, it } from 'vitest';
import { capabilitiesOf, reasoningFamilyOf } from '../../../../src/providers/openai-api/capabilities.ts';

describe('what a model of OpenAI takes', () => {
  it.each([
    // model, max temperature, stop texts, reasoning, parallel tools, JSON Schema, images, audio
    ['gpt-4o', 2, 4, false, true, true, true, false],
    ['gpt-4.1-nano', 2, 4, false, true, true, true, false],
    ['ft:gpt-4o-mini-2024-07-18:acme::1', 2, 4, false, true, true, true, false],
    ['gpt-4-turbo', 2, 4, false, true, false, true, false],
    ['gpt-4', 2, 4, false, true, false, false, false],
    ['gpt-3.5-turbo-0125', 2, 4, false, true, false, false, false],
    ['gpt-4o-audio-preview', 2, 4, false, true, false, false, true],
    ['gpt-audio', 2, 4, false, true, false, false, true],
    ['o3', 0, 0, true, false, true, true, false],
    ['o4-mini-2025-04-16', 0, 0, true, false, true, true, false],
    ['gpt-5', 0, 0, true, true, true, true, false],
    ['gpt-5.6-luna', 0, 0, true, true, true, true, false],
    ['gpt-5-chat-latest', 2, 4, false, true, true, true, false],
    ['gpt-4o-mini-search-preview', 0, 4, false, false, true, false, false],
    ['a-model-of-tomorrow', 2, 4, true, true, true, true, true],
  ])(
    '%s',
    (model, maxTemperature, maxStopTexts, reasoning, parallelTools, jsonSchema, imageInput, audioInput) => {
      expect(capabilitiesOf(model)).toMatchObject({
        maxTemperature,
        maxStopTexts,
        reasoning,
        parallelTools,
        jsonSchema,
        imageInput,
        audioInput,
        topK: false,
        prefill: false,
      });
    },
  );

  it.each([
    ['text-embedding-3-small', false, true],
    ['text-embedding-ada-002', false, true],
    ['gpt-4o', true, false],
  ])('%s: completion %s, embedding %s', (model, completion, embedding) => {
    expect(capabilitiesOf(model)).toMatchObject({ completion, embedding });
  });

  it.each([
    ['o4-mini', 'o-series'],
    ['ft:o4-mini-2025-04-16:acme::1', 'o-series'],
    ['gpt-5-mini', 'gpt-5'],
    ['gpt-5.1', 'later'],
    ['ft:gpt-4o:acme::1', undefined],
  ])('%s reasons as %s', (model, family) => {
    expect(reasoningFamilyOf(model)).toBe(family);
  });
});
