import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { type FieldViolation, GatewayError } from '../error.ts';
import type { Fault } from './fault.ts';

/**
 * Runs the checks of a request, all of them, whatever they find. `prefix` is the path to it, with its dot, where it
 * stands inside another request.
 *
 * @throws GatewayError INVALID_REQUEST with every fault.
 */
export function collectFaults(check: (fault: Fault) => void, prefix = ''): void {
  const violations: FieldViolation[] = [];
  check((field, description) => violations.push({ field: `${prefix}${field}`, description }));
  const [first] = violations;
  if (!first) return;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  throw new GatewayError(ErrorReason.INVALID_REQUEST, `${first.field}: ${first.description}${more}.`, {
    violations,
    metadata: { field: first.field },
  });
}

/** What every request has. */
export function checkModel(model: string, fault: Fault, field = 'model'): void {
  if (model === '') fault(field, 'is empty; name an alias or provider/model, such as "demo"');
  // Longer than any; a model's name goes into traces as it is.
  else if (model.length > 256) fault(field, `has ${model.length} characters, more than 256`);
}
