import { EmbeddingPurpose, type EmbedRequest } from '../../gen/sluice/v1/embedding_service.ts';
import { checkCommonFields, unknownValue } from './check-execution.ts';
import { checkModel, collectFaults } from './collect-faults.ts';

const mostTexts = 2_048;

/**
 * Checks a request against the constraints that the contract's comments state, all of it at once.
 *
 * @throws GatewayError INVALID_REQUEST with every fault.
 */
export function validateEmbedRequest(request: EmbedRequest): void {
  const { model, texts, dimensions, purpose } = request;
  collectFaults((fault) => {
    checkModel(model, fault);
    if (texts.length === 0) fault('texts', 'is empty; give at least one text');
    if (texts.length > mostTexts) fault('texts', `has ${texts.length} texts, more than ${mostTexts}`);
    texts.forEach((text, t) => {
      // No vendor has a vector for it, and some refuse the whole request.
      if (text === '') fault(`texts[${t}]`, 'is empty');
    });
    if (dimensions !== undefined && dimensions < 1) fault('dimensions', `is ${dimensions}, not at least 1`);
    if (purpose === EmbeddingPurpose.UNRECOGNIZED) fault('purpose', unknownValue);
    checkCommonFields(request, fault);
    if (request.execution?.fallbackModels.length)
      fault('execution.fallback_models', 'is not empty; vectors of different models cannot be compared');
  });
}
