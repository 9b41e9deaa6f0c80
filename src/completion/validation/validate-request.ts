import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { type FieldViolation, GatewayError } from '../error.ts';
import { checkConversation } from './check-conversation.ts';
import { checkParameters } from './check-parameters.ts';
import { checkTools } from './check-tools.ts';
import type { Fault } from './fault.ts';

/**
 * Checks a request against the constraints that the contract's comments state, all of it at once.
 *
 * @throws GatewayError INVALID_REQUEST with every fault.
 */
export function validateRequest(request: CompleteRequest): void {
  const violations: FieldViolation[] = [];
  const fault: Fault = (field, description) => violations.push({ field, description });
  if (request.model === '') fault('model', 'is empty; name an alias or provider/model, such as "demo"');
  // Longer than any; a model's name goes into traces as it is.
  else if (request.model.length > 256)
    fault('model', `has ${request.model.length} characters, more than 256`);
  checkConversation(request, fault);
  checkTools(request, fault);
  checkParameters(request, fault);
  const [first] = violations;
  if (!first) return;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  throw new GatewayError(ErrorReason.INVALID_REQUEST, `${first.field}: ${first.description}${more}.`, {
    violations,
    metadata: { field: first.field },
  });
}
