import type { CompleteRequest, Sampling, Warning } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Part } from '../gen/sluice/v1/message.ts';
import { GatewayError } from './error.ts';
import type { ModelCapabilities } from './ports/provider.ts';
import { asksForReasoning } from './reasoning.ts';

/**
 * Makes a request one that the model can honour: a preference that it does not take (sampling, reasoning effort)
 * is dropped with a warning, or refused where the request says so; what carries meaning (images, tools, a schema)
 * is always refused.
 *
 * @throws GatewayError UNSUPPORTED_PARAMETER, naming every field.
 */
export function fitToModel(
  request: CompleteRequest,
  {
    model,
    capabilities,
    unsupported,
  }: {
    model: string;
    capabilities: ModelCapabilities;
    unsupported: 'drop' | 'reject';
  },
): { request: CompleteRequest; warnings: Warning[] } {
  const missing = missingAbilities(request, capabilities);
  const { sampling, warnings } = fitSampling(request.sampling, capabilities);
  let reasoning = request.reasoning;
  if (asksForReasoning(request) && !capabilities.reasoning) {
    reasoning = undefined;
    warnings.push(dropped('reasoning', 'it does not reason'));
  }
  const refused = unsupported === 'reject' ? [...missing, ...warnings] : missing;
  if (refused.length > 0) throw unsupportedParameters(model, refused);
  if (warnings.length === 0) return { request, warnings };
  for (const warning of warnings) warning.message = `${model}: ${warning.message}`;
  return { request: { ...request, sampling, reasoning }, warnings };
}

type Refusal = Pick<Warning, 'field' | 'message'>;

function missingAbilities(request: CompleteRequest, can: ModelCapabilities): Refusal[] {
  const missing: Refusal[] = [];
  const lacks = (field: string, what: string) => missing.push({ field, message: `it ${what}` });
  if (request.tools.length > 0 && !can.tools) lacks('tools', 'cannot call tools');
  const format = request.responseFormat?.format?.$case;
  if (format === 'jsonObject' && !can.jsonObject)
    lacks('response_format.json_object', 'cannot be held to JSON');
  if (format === 'jsonSchema' && !can.jsonSchema)
    lacks('response_format.json_schema', 'cannot follow a schema');
  request.messages.forEach((message, m) => {
    message.parts.forEach((part, p) => {
      const media = unseenMedia(part, can);
      if (media) lacks(`messages[${m}].parts[${p}].${media}`, `takes no ${media} input`);
    });
  });
  return missing;
}

function unseenMedia({ part }: Part, can: ModelCapabilities): 'image' | 'document' | 'audio' | undefined {
  switch (part?.$case) {
    case 'image':
      return can.imageInput ? undefined : 'image';
    case 'document':
      return can.documentInput ? undefined : 'document';
    case 'audio':
      return can.audioInput ? undefined : 'audio';
    default:
      return undefined;
  }
}

function fitSampling(
  asked: Sampling | undefined,
  can: ModelCapabilities,
): { sampling: Sampling | undefined; warnings: Warning[] } {
  const warnings: Warning[] = [];
  if (!asked) return { sampling: asked, warnings };
  const sampling: Sampling = { ...asked, stop: asked.stop };
  const drop = (field: Exclude<keyof Sampling, 'stop'>, protoName: string) => {
    if (sampling[field] === undefined) return;
    sampling[field] = undefined;
    warnings.push(dropped(`sampling.${protoName}`, 'it does not take this parameter'));
  };

  if (can.maxTemperature === 0) drop('temperature', 'temperature');
  else if (asked.temperature !== undefined && asked.temperature > can.maxTemperature) {
    sampling.temperature = can.maxTemperature;
    warnings.push({
      code: 'PARAMETER_CLAMPED',
      field: 'sampling.temperature',
      message: `temperature ${asked.temperature} was lowered to its highest, ${can.maxTemperature}.`,
    });
  }
  if (!can.topP) drop('topP', 'top_p');
  if (!can.topK) drop('topK', 'top_k');
  if (!can.seed) drop('seed', 'seed');
  if (!can.presencePenalty) drop('presencePenalty', 'presence_penalty');
  if (!can.frequencyPenalty) drop('frequencyPenalty', 'frequency_penalty');
  if (asked.stop.length > can.maxStopTexts) {
    sampling.stop = asked.stop.slice(0, can.maxStopTexts);
    warnings.push(dropped('sampling.stop', `it takes at most ${can.maxStopTexts} stop texts`));
  }
  return { sampling, warnings };
}

function dropped(field: string, why: string): Warning {
  return { code: 'PARAMETER_DROPPED', field, message: `${field} was dropped, since ${why}.` };
}

/** Refuses a request for the fields that a model cannot honour. */
export function unsupportedParameters(model: string, refusals: readonly Refusal[]): GatewayError {
  const violations = refusals.map(({ field, message }) => ({ field, description: `${model}: ${message}` }));
  const fields = refusals.map(({ field }) => field).join(', ');
  return new GatewayError(ErrorReason.UNSUPPORTED_PARAMETER, `${model} cannot honour ${fields}.`, {
    violations,
    metadata: { fields },
  });
}
