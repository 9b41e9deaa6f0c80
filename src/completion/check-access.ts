import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { GatewayError } from './error.ts';
import type { AnyCall, Caller } from './ports/call.ts';

/**
 * Refuses models that the caller may not use, whether or not there are such. `prefix` is the path to the request, with its
 * dot, where it stands inside another one.
 *
 * @throws GatewayError MODEL_NOT_ALLOWED, for the first of them.
 */
export function checkAccess(caller: Caller, { model, execution }: AnyCall['request'], prefix = ''): void {
  check('model', model);
  execution?.fallbackModels.forEach((fallback, index) => {
    check(`execution.fallback_models[${index}]`, fallback);
  });

  function check(field: string, name: string): void {
    if (caller.mayUse(name)) return;
    const path = `${prefix}${field}`;
    throw new GatewayError(
      ErrorReason.MODEL_NOT_ALLOWED,
      `${path}: the caller "${caller.name}" may not use "${name}"; ListModels names what it may.`,
      { metadata: { caller: caller.name, model: name, field: path } },
    );
  }
}
