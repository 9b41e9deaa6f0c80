import { APIError } from 'openai';
import { GatewayError } from '../../completion/error.ts';
import type { Patience } from '../../completion/ports/provider.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { malformed, objectsAt, parseObjects } from '../shared/json.ts';
import type { SdkRequest } from '../shared/sdk-request.ts';
import { answeredError } from './map-error.ts';

/** Names the models of a server that speaks OpenAI's API. The list has no pages. */
export async function listModels(
  get: SdkRequest,
  { patience, provider }: { patience: Patience; provider: string },
): Promise<string[]> {
  return readModels(await answerOf(get, patience, provider), provider);
}

/** Together gives the list without anything around it, and Ollama null for an empty one. */
function readModels(body: string, provider: string): string[] {
  const answers = parseObjects(body);
  const [only] = answers;
  const error = only && answeredError(only, provider);
  if (error) throw error;
  const models = only && answers.length === 1 && 'data' in only ? objectsAt(only, 'data') : answers;
  const ids = models.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  if (ids.length < models.length) throw malformed('it is no list of models');
  return ids;
}

async function answerOf(get: SdkRequest, patience: Patience, provider: string): Promise<string> {
  try {
    return await (await get(undefined, patience)).text();
  } catch (thrown) {
    // No model was asked for that could be unknown.
    if (thrown instanceof APIError && thrown.status === 404) throw noSuchAddress(provider, thrown);
    throw thrown;
  }
}

function noSuchAddress(provider: string, cause: unknown): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_RESPONSE_INVALID,
    `${provider} has no list of models at its address: check its baseUrl.`,
    { cause, httpStatus: 404, metadata: { provider, httpStatus: '404' } },
  );
}
