import { GatewayError } from '../../completion/error.ts';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { isObject, malformed, numberAt, parseObject } from '../shared/json.ts';
import { mapRequest } from './map-request.ts';
import { foundationModel, modelPath } from './model-name.ts';
import type { SignedRequest } from './signed-request.ts';

/**
 * Counts the input tokens of a request by Bedrock's own count. Undefined for a model that it does not count for. It
 * counts for foundation models only, so that a profile's geography is left out of the name.
 */
export async function countTokens(ask: SignedRequest, call: ProviderCall): Promise<number | undefined> {
  const { messages, system, toolConfig, additionalModelRequestFields } = mapRequest(call, {
    streamed: false,
  }).body;
  const converse = {
    messages,
    ...(system && { system }),
    ...(toolConfig && { toolConfig }),
    ...(additionalModelRequestFields && { additionalModelRequestFields }),
  };
  const model = foundationModel(call.model);
  const path = modelPath(model, 'count-tokens');
  try {
    const response = await ask({ service: 'runtime', path, body: { input: { converse } } }, call);
    const tokens = numberAt(parseObject(await response.text()), 'inputTokens');
    if (tokens === undefined) throw malformed('it has no inputTokens');
    return tokens;
  } catch (thrown) {
    if (cannotCount(thrown, { renamed: model !== call.model })) return undefined;
    throw thrown;
  }
}

/** Some models are known by their profile's name only. */
function cannotCount(thrown: unknown, { renamed }: { renamed: boolean }): boolean {
  if (!(thrown instanceof GatewayError)) return false;
  if (renamed && thrown.reason === ErrorReason.MODEL_NOT_FOUND) return true;
  const body = thrown.details.cause;
  return isObject(body) && /support counting tokens/i.test(String(body['message']));
}
