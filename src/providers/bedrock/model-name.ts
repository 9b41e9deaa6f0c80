/**
 * Reads the foundation model out of a name: without the geography that a cross-region profile begins with (`us.`,
 * `eu.`, `apac.`, `global.`), and out of an ARN. The ARN of an application's own profile does not tell it.
 */
export function foundationModel(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1).replace(GEOGRAPHY, '');
}

const GEOGRAPHY = /^([a-z]{2}|us-gov|apac|global)\./;

/** Whether a model is one of Anthropic's. */
export function isClaude(model: string): boolean {
  return foundationModel(model).startsWith('anthropic.');
}

/**
 * Reads `anthropic.claude-opus-4-5-20251101-v1:0` as 405; older names have the version first. A name that does not
 * tell, and any other vendor's, is NaN, with which every comparison is false.
 */
export function claudeVersion(model: string): number {
  const name = foundationModel(model);
  if (!name.startsWith('anthropic.')) return Number.NaN;
  if (/claude-(v\d|instant)/.test(name)) return 200;
  const [, major, minor = '0'] = /claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:-(\d{1,2})(?!\d))?/.exec(name) ?? [];
  return Number(major) * 100 + Number(minor);
}
