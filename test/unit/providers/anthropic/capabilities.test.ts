import { describe, expect, it } from 'vitest';
import { capabilitiesOf, enforcesSchemas } from '../../../../src/providers/anthropic/capabilities.ts';
import { thinkingOf } from '../../../../src/providers/shared/claude/traits.ts';

describe('what a model of Anthropic takes', () => {
  it.each([
    // model, max temperature, reasoning, images, documents, prefill
    ['claude-2.1', 1, false, false, false, true],
    ['claude-3-opus-20240229', 1, false, true, false, true],
    ['claude-3-5-haiku-20241022', 1, false, true, true, true],
    ['claude-3-7-sonnet-latest', 1, true, true, true, true],
    ['claude-opus-4-20250514', 1, true, true, true, true],
    ['claude-haiku-4-5-20251001', 1, true, true, true, true],
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', 1, true, true, true, true],
    ['claude-opus-4-6', 1, true, true, true, false],
    ['claude-opus-4-7', 0, true, true, true, false],
    ['claude-sonnet-5', 0, true, true, true, false],
    ['claude-fable-5-2', 0, true, true, true, false],
    ['a-model-of-tomorrow', 1, true, true, true, false],
  ])('%s', (model, maxTemperature, reasoning, imageInput, documentInput, prefill) => {
    const sampling = maxTemperature > 0;
    expect(capabilitiesOf(model)).toMatchObject({
      maxTemperature,
      topP: sampling,
      topK: sampling,
      seed: false,
      reasoning,
      imageInput,
      documentInput,
      audioInput: false,
      prefill,
    });
  });

  it.each([
    ['claude-opus-4-1', false],
    ['claude-haiku-4-5', true],
    ['claude-opus-5-5', true],
    ['a-model-of-tomorrow', true],
  ])('knows whether the schemas of %s are enforced', (model, enforced) => {
    expect(enforcesSchemas(model)).toBe(enforced);
  });

  it.each([
    ['claude-sonnet-4-5', { budget: true, adaptive: false, off: 'say nothing' }],
    ['claude-sonnet-4-6', { budget: true, adaptive: true, off: 'say nothing' }],
    ['claude-opus-4-8', { budget: false, adaptive: true, off: 'say nothing' }],
    ['claude-opus-5', { budget: false, adaptive: true, off: 'disabled' }],
    ['claude-opus-5-5', { budget: false, adaptive: true, off: 'impossible' }],
    ['claude-sonnet-5-5', { budget: false, adaptive: true, off: 'between_tools' }],
    ['claude-fable-5', { budget: false, adaptive: true, off: 'impossible' }],
    ['claude-mythos-preview', { budget: true, adaptive: true, off: 'say nothing' }],
  ])('knows how %s thinks', (model, thinking) => {
    expect(thinkingOf(model)).toEqual(thinking);
  });
});
