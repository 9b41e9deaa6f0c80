import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import type { Host } from './hosts.ts';

/**
 * What a model of some server takes: all that can be said to it, as far as nothing else is known of its host.
 *
 * @param prefill - whether the configuration says that models go on with a begun answer, which no address tells of a
 * server of one's own.
 */
export function capabilitiesOf(
  model: string,
  host: Host | undefined,
  prefill: boolean | undefined,
): ModelCapabilities {
  return { ...EVERYTHING, ...host?.takes(model), ...(prefill !== undefined && { prefill }) };
}

const EVERYTHING: ModelCapabilities = {
  completion: true,
  embedding: true,
  maxTemperature: 2,
  topP: true,
  topK: true,
  seed: true,
  maxStopTexts: 4,
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
