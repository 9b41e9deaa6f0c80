import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { parseClaudeName } from '../shared/claude/traits.ts';
import { escapeText } from './sign-request.ts';

/** The path of what is asked of a model, whose name is one part of it. Throws a GatewayError where it cannot be. */
export function modelPath(model: string, what: string): string {
  if (model !== '.' && model !== '..') return `/model/${escapeText(model)}/${what}`;
  throw new GatewayError(
    ErrorReason.MODEL_NOT_FOUND,
    'model: Bedrock has none whose name cannot be part of an address.',
  );
}

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
