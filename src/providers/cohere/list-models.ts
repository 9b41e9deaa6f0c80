import { allPages } from '../shared/all-pages.ts';
import { malformed, objectsAt, parseObject, stringAt } from '../shared/json.ts';

/**
 * Lists the models that a key may ask for. `ask` reads a page by its path.
 *
 * @throws GatewayError PROVIDER_RESPONSE_INVALID where there is no list: then it is not the API that answers.
 */
export function listModels(ask: (path: string) => Promise<string>): Promise<string[]> {
  return allPages(async (next) => {
    const page = parseObject(await ask(next ? `${PATH}&page_token=${encodeURIComponent(next)}` : PATH));
    const { models } = page;
    if (!Array.isArray(models)) throw malformed('it has no list of models');
    return {
      names: objectsAt(page, 'models').flatMap((model) => stringAt(model, 'name') ?? []),
      next: stringAt(page, 'next_page_token'),
    };
  });
}

const PATH = '/v1/models?page_size=1000';
