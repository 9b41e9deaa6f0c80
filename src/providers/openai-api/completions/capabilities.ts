import type { ModelCapabilities } from '../../../completion/ports/provider.ts';
import { NO_CAPABILITIES } from '../../shared/no-capabilities.ts';

/**
 * What the legacy completions API leaves of a model's abilities: it continues a text. Its sampling is that of the
 * models from before reasoning, whatever those of today take elsewhere.
 */
export function completionsCapabilities(capabilities: ModelCapabilities): ModelCapabilities {
  if (!capabilities.completion) return capabilities;
  return {
    ...NO_CAPABILITIES,
    completion: true,
    embedding: capabilities.embedding,
    maxTemperature: 2,
    topP: true,
    seed: true,
    maxStopTexts: 4,
    presencePenalty: true,
    frequencyPenalty: true,
    prefill: true,
  };
}
