import type { ModelCapabilities } from '../../completion/ports.ts';
import { behaviourOf } from './behaviour.ts';

/** What a model of the demo provider takes: everything, except where it is for vectors. */
export function capabilitiesOf(model: string): ModelCapabilities {
  return behaviourOf(model, undefined)?.embedding ? EMBEDS : COMPLETES;
}

const COMPLETES: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 2,
  topP: true,
  topK: true,
  seed: true,
  maxStopTexts: 16,
  presencePenalty: true,
  frequencyPenalty: true,
  reasoning: true,
  tools: true,
  parallelTools: true,
  jsonObject: true,
  jsonSchema: true,
  imageInput: true,
  documentInput: true,
  audioInput: true,
  prefill: false,
};

const EMBEDS: ModelCapabilities = {
  completion: false,
  embedding: true,
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
