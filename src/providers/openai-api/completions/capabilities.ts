import type { ModelCapabilities } from '../../../completion/ports.ts';

/**
 * What the legacy completions API leaves of a model's abilities: it continues a text. Its sampling is that of the
 * models from before reasoning, whatever those of today take elsewhere.
 */
export function completionsCapabilities(capabilities: ModelCapabilities): ModelCapabilities {
  if (!capabilities.completion) return capabilities;
  return {
    ...capabilities,
    maxTemperature: 2,
    topP: true,
    topK: false,
    seed: true,
    maxStopTexts: 4,
    presencePenalty: true,
    frequencyPenalty: true,
    reasoning: false,
    tools: false,
    parallelTools: false,
    jsonObject: false,
    jsonSchema: false,
    imageInput: false,
    documentInput: false,
    audioInput: false,
    prefill: true,
  };
}
