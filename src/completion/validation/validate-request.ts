import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { checkConversation } from './check-conversation.ts';
import { checkParameters } from './check-parameters.ts';
import { checkTools } from './check-tools.ts';
import { checkModel, collectFaults } from './collect-faults.ts';

/**
 * Checks a request against the constraints that the contract's comments state, all of it at once. `prefix` is the path
 * to it, with its dot, where it stands inside another request.
 *
 * @throws GatewayError INVALID_REQUEST with every fault.
 */
export function validateRequest(request: CompleteRequest, prefix = ''): void {
  collectFaults((fault) => {
    checkModel(request.model, fault);
    checkConversation(request, fault);
    checkTools(request, fault);
    checkParameters(request, fault);
  }, prefix);
}
