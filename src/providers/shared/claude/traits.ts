/** What a name tells of a Claude model: its line, such as `opus`, and its version, 405 for 4.5. */
export interface ClaudeName {
  line: string;
  version: number;
}

/**
 * Reads `claude-opus-4-5-20251101`, also where more stands around it, as line `opus` and version 405; older names have the
 * line last, or have none. A name that does not tell, and any other model's, has the version NaN, with which every
 * comparison is false: ask so that false means "leave it to the provider".
 */
export function parseClaudeName(model: string): ClaudeName {
  const [, before, major, minor = '0', after] =
    /claude-(?:([a-z]+)-)?v?(\d{1,2})(?!\d)(?:[-.:](\d{1,2})(?!\d))?(?:-([a-z]+))?/.exec(model) ?? [];
  return { line: before ?? after ?? '', version: Number(major) * 100 + Number(minor) };
}

/** Whether a model takes temperature or top_p, but not both. */
export function takesOneOfTemperatureAndTopP(model: string): boolean {
  return parseClaudeName(model).version >= 401;
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
  const { line, version } = parseClaudeName(model);
  return { budget: !(version >= 407), adaptive: !(version < 406), off: offSwitchOf(line, version) };
}

function offSwitchOf(line: string, version: number): Thinking['off'] {
  if (!(version >= 500)) return 'say nothing';
  if (line === 'fable' || line === 'mythos') return 'impossible';
  if (version < 505) return 'disabled';
  return line === 'opus' ? 'impossible' : 'between_tools';
}
