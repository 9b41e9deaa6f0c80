import type { ModelCapabilities } from '../../../completion/ports/provider.ts';

/**
 * What the Responses API leaves of a model's abilities: it has fewer ways to sample than chat completions, no ears, and
 * begins every answer anew.
 */
export function responsesCapabilities(capabilities: ModelCapabilities): ModelCapabilities {
  return {
    ...capabilities,
    topK: false,
    seed: false,
    maxStopTexts: 0,
    presencePenalty: false,
    frequencyPenalty: false,
    audioInput: false,
    prefill: false,
  };
}

/** Whether a model's name tells that it reasons. An unknown model may reason, but is not known to. */
export function isKnownToReason(model: string): boolean {
  return /(^|[:/.])(o\d|gpt-([5-9]|\d\d)|codex)/.test(model) && !/gpt-5.*-chat/.test(model);
}
