import type { ModelCapabilities } from '../../completion/ports/provider.ts';

/** What a model takes that neither completes conversations nor embeds texts, such as one that makes pictures. */
export const NO_CAPABILITIES: ModelCapabilities = {
  completion: false,
  embedding: false,
  maxTemperature: 0,
  topP: false,
  topK: false,
  seed: false,
  maxStopTexts: 0,
  presencePenalty: false,
  frequencyPenalty: false,
  reasoning: false,
  tools: false,
  parallelTools: false,
  jsonObject: false,
  jsonSchema: false,
  imageInput: false,
  documentInput: false,
  audioInput: false,
  prefill: false,
};

/** What a model takes that turns texts into vectors. */
export const EMBEDS_ONLY: ModelCapabilities = { ...NO_CAPABILITIES, embedding: true };
