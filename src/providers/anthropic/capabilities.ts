import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { parseClaudeName } from '../shared/claude/traits.ts';

/** What a model of Anthropic takes, by its name. */
export function capabilitiesOf(model: string): ModelCapabilities {
  const { version } = parseClaudeName(model);
  const sampling = !(version >= 407);
  return {
    completion: true,
    embedding: false,
    maxTemperature: sampling ? 1 : 0,
    topP: sampling,
    topK: sampling,
    seed: false,
    // The documentation names no limit.
    maxStopTexts: Number.MAX_SAFE_INTEGER,
    presencePenalty: false,
    frequencyPenalty: false,
    reasoning: !(version < 307),
    tools: !(version < 300),
    parallelTools: !(version < 300),
    jsonObject: true,
    jsonSchema: true,
    imageInput: !(version < 300),
    documentInput: !(version < 305),
    audioInput: false,
    prefill: version < 406,
  };
}

/** Whether the provider enforces JSON Schemas for the model: of answers, and of strict tools. */
export function enforcesSchemas(model: string): boolean {
  return !(parseClaudeName(model).version < 405);
}
