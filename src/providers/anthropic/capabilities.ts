import type { ModelCapabilities } from '../../completion/ports.ts';

/** What a model of Anthropic takes, by its name. */
export function capabilitiesOf(model: string): ModelCapabilities {
  const { version } = parseModel(model);
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
  return !(parseModel(model).version < 405);
}

/** Whether the model takes temperature or top_p, but not both. */
export function takesOneOfTemperatureAndTopP(model: string): boolean {
  return parseModel(model).version >= 401;
}

/** In which ways a model can be asked to think. */
export interface Thinking {
  /** Whether it takes a budget of tokens. */
  budget: boolean;
  /** Whether it decides by itself how much to think, steered by an effort. */
  adaptive: boolean;
  /** How not to think: by saying nothing, by a setting, or not at all. */
  off: 'say nothing' | 'disabled' | 'between_tools' | 'impossible';
}

export function thinkingOf(model: string): Thinking {
  const { line, version } = parseModel(model);
  return { budget: !(version >= 407), adaptive: !(version < 406), off: offSwitchOf(line, version) };
}

function offSwitchOf(line: string, version: number): Thinking['off'] {
  if (!(version >= 500)) return 'say nothing';
  if (line === 'fable' || line === 'mythos') return 'impossible';
  if (version < 505) return 'disabled';
  return line === 'opus' ? 'impossible' : 'between_tools';
}

/**
 * Reads `claude-opus-4-5-20251101` as line `opus` and version 405; older names have the line last. A name that does
 * not tell has the version NaN, with which every comparison is false: ask so that false means "leave it to the provider".
 */
function parseModel(model: string): { line: string; version: number } {
  const [, before, major, minor = '0', after] =
    /claude-(?:([a-z]+)-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?(?:-([a-z]+))?/.exec(model) ?? [];
  return { line: before ?? after ?? '', version: Number(major) * 100 + Number(minor) };
}
