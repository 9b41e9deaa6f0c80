import { NotFoundError } from '@anthropic-ai/sdk';
import { allPages } from '../shared/all-pages.ts';
import { type JsonObject, malformed, objectsAt, stringAt } from '../shared/json.ts';

/**
 * Lists the models that a key may ask for. `ask` reads a page by its path.
 *
 * @throws GatewayError PROVIDER_RESPONSE_INVALID where there is no list: then it is not the API that answers.
 */
export function listModels(ask: (path: string) => Promise<JsonObject>): Promise<string[]> {
  return allPages(async (next) => {
    const page = await ask(next ? `${PATH}&after_id=${encodeURIComponent(next)}` : PATH).catch(wrongAddress);
    const { data, has_more } = page;
    if (!Array.isArray(data)) throw malformed('it has no list of models');
    return {
      names: objectsAt(page, 'data').flatMap((model) => stringAt(model, 'id') ?? []),
      next: has_more === true ? stringAt(page, 'last_id') : undefined,
    };
  });
}

/** No model was asked for that could be unknown: it is the address. */
function wrongAddress(thrown: unknown): never {
  throw thrown instanceof NotFoundError ? malformed('it has no list of models', thrown) : thrown;
}

const PATH = '/v1/models?limit=1000';
