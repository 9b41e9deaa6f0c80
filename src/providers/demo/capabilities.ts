import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { EMBEDS_ONLY } from '../shared/no-capabilities.ts';
import { behaviourOf } from './behaviour.ts';

/** What a model of the demo provider takes: everything, except where it is for vectors. */
export function capabilitiesOf(model: string): ModelCapabilities {
  return behaviourOf(model, undefined)?.embedding ? EMBEDS_ONLY : COMPLETES;
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
  prefill: true,
};
