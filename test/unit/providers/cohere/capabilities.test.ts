import { describe, expect, it } from 'vitest';
import {
  capabilitiesOf,
  offersBase64,
  takesDimensions,
  takesToolChoice,
} from '../../../../src/providers/cohere/capabilities.ts';

describe('what a model of Cohere takes', () => {
  it.each([
    // model, reasoning, tools, images, JSON
    ['command-a-plus-05-2026', true, true, true, true],
    ['command-a-reasoning-08-2025', true, true, false, true],
    ['command-a-vision-07-2025', false, false, true, true],
    ['command-a-03-2025', false, true, false, true],
    ['command-a-translate-08-2025', false, true, false, true],
    ['command-r7b-12-2024', false, true, false, true],
    ['command-r-plus', false, true, false, true],
    ['command-light', false, false, false, false],
    ['c4ai-aya-expanse-32b', false, false, false, false],
    ['c4ai-aya-vision-8b', false, false, true, false],
    ['3f2a-a-fine-tuned-model-ft', true, true, true, true],
  ])('%s', (model, reasoning, tools, imageInput, json) => {
    expect(capabilitiesOf(model)).toMatchObject({
      completion: true,
      embedding: false,
      maxTemperature: 1,
      maxStopTexts: 5,
      reasoning,
      tools,
      parallelTools: tools,
      imageInput,
      jsonObject: json,
      jsonSchema: json,
      documentInput: true,
      audioInput: false,
      prefill: false,
    });
  });

  it.each(['embed-v4.0', 'embed-multilingual-v3.0'])(
    '%s turns texts into vectors and nothing else',
    (model) => {
      const { embedding, ...rest } = capabilitiesOf(model);
      expect(embedding).toBe(true);
      expect(Object.values(rest).filter(Boolean)).toEqual([]);
    },
  );

  it.each(['rerank-v3.5', 'parse-1', 'cohere-transcribe-03-2026'])(
    '%s does nothing that is asked for here',
    (model) => {
      expect(Object.values(capabilitiesOf(model)).filter(Boolean)).toEqual([]);
    },
  );

  it.each([
    ['command-r', false],
    ['command-r-plus-04-2024', false],
    ['command-r-08-2024', false],
    ['command-r7b-12-2024', true],
    ['command-a-03-2025', true],
    ['a-model-of-tomorrow', true],
  ])('knows whether %s can be told to call a tool', (model, can) => {
    expect(takesToolChoice(model)).toBe(can);
  });

  it.each([
    ['embed-english-v2.0', false, false],
    ['embed-english-light-v3.0', false, true],
    ['embed-v4.0', true, true],
    ['embed-of-tomorrow', true, true],
  ])('knows what vectors %s gives', (model, dimensions, base64) => {
    expect([takesDimensions(model), offersBase64(model)]).toEqual([dimensions, base64]);
  });
});
