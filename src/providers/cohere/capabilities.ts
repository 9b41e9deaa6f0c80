import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { EMBEDS_ONLY, NO_CAPABILITIES } from '../shared/no-capabilities.ts';

/** What a model of Cohere takes, by its name. An unknown one, such as a fine-tuned one, is taken to take everything. */
export function capabilitiesOf(model: string): ModelCapabilities {
  const family = FAMILIES.find(({ names }) => names.test(model));
  return { ...EVERYTHING, ...family?.takes };
}

/** Whether it can be said of a model's tools that one must be called, or none; since Command R7B it can. */
export function takesToolChoice(model: string): boolean {
  return !/^command-r(-plus)?(-0[348]-2024)?$/.test(model);
}

/** Whether an embedding model can shorten its vectors; since Embed 4 it can. */
export function takesDimensions(model: string): boolean {
  return !/^embed-.*-v[23]\./.test(model);
}

/** Whether an embedding model gives vectors in base64; since Embed 3 it does. */
export function offersBase64(model: string): boolean {
  return !/^embed-.*-v2\./.test(model);
}

const EVERYTHING: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 1,
  topP: true,
  topK: true,
  seed: true,
  maxStopTexts: 5,
  presencePenalty: true,
  frequencyPenalty: true,
  reasoning: true,
  tools: true,
  parallelTools: true,
  jsonObject: true,
  jsonSchema: true,
  imageInput: true,
  documentInput: true,
  audioInput: false,
  prefill: false,
};

const NO_TOOLS = { tools: false, parallelTools: false };
const NO_JSON = { jsonObject: false, jsonSchema: false };

/** The first that fits counts. */
const FAMILIES: readonly { names: RegExp; takes: Partial<ModelCapabilities> }[] = [
  { names: /^embed-/, takes: EMBEDS_ONLY },
  { names: /^(rerank|parse|(cohere-)?transcribe)-/, takes: NO_CAPABILITIES },
  { names: /^command-a-plus/, takes: {} },
  { names: /^command-a-reasoning/, takes: { imageInput: false } },
  { names: /^command-a-vision/, takes: { reasoning: false, ...NO_TOOLS } },
  { names: /^command-[ar]/, takes: { reasoning: false, imageInput: false } },
  { names: /^command/, takes: { reasoning: false, imageInput: false, ...NO_TOOLS, ...NO_JSON } },
  { names: /(^|-)aya-vision/, takes: { reasoning: false, ...NO_TOOLS, ...NO_JSON } },
  { names: /(^|-)aya-/, takes: { reasoning: false, imageInput: false, ...NO_TOOLS, ...NO_JSON } },
];
