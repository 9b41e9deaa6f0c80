import { parseClaudeName } from '../shared/claude/traits.ts';

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

/** The version of Claude that a name tells, such as 405; of any other model NaN, with which every comparison is false. */
export function claudeVersion(model: string): number {
  return isClaude(model) ? parseClaudeName(foundationModel(model)).version : Number.NaN;
}
