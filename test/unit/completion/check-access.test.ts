import { expect, it } from 'vitest';
import { checkAccess } from '../../../src/completion/check-access.ts';
import { GatewayError } from '../../../src/completion/error.ts';
import { aCaller, aRequest } from '../../support/builders.ts';

const caller = aCaller({ name: 'checkout', mayUse: (model) => model.startsWith('ok') });

function refused(said: Parameters<typeof aRequest>[0], prefix?: string): unknown {
  try {
    checkAccess(caller, aRequest(said), prefix);
  } catch (error) {
    return error instanceof GatewayError ? error.details.metadata?.['field'] : error;
  }
  return undefined;
}

it.each([
  [{ model: 'ok-1' }, undefined],
  [{ model: 'ok-1', execution: { fallbackModels: ['ok-2', 'ok-3'] } }, undefined],
  [{ model: 'no' }, 'model'],
  [{ model: 'ok-1', execution: { fallbackModels: ['ok-2', 'no'] } }, 'execution.fallback_models[1]'],
])('%j is refused for %s', (said, field) => {
  expect(refused(said)).toBe(field);
});

it('names the field where it stands', () => {
  expect(refused({ model: 'no' }, 'request.')).toBe('request.model');
});
