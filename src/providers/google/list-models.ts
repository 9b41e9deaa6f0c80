import { allPages } from '../shared/all-pages.ts';
import { type JsonObject, malformed, objectsAt, stringAt } from '../shared/json.ts';

/**
 * Lists the models that a key may ask for, by the names that a request takes. `ask` reads a page.
 *
 * @throws GatewayError PROVIDER_RESPONSE_INVALID where there are none: then it is not the API that answers.
 */
export async function listModels(
  ask: (pageToken: string | undefined) => Promise<JsonObject>,
): Promise<string[]> {
  const names = await allPages(async (pageToken) => {
    const page = await ask(pageToken);
    // Vertex has another word for it.
    const models = [...objectsAt(page, 'models'), ...objectsAt(page, 'publisherModels')];
    return {
      names: models.flatMap((model) => bareName(stringAt(model, 'name'))),
      next: stringAt(page, 'nextPageToken'),
    };
  });
  if (names.length === 0) throw malformed('it lists no models');
  return names;
}

/** `models/gemini-3-flash` and `publishers/google/models/gemini-3-flash` are asked for as `gemini-3-flash`. */
function bareName(name: string | undefined): string[] {
  const bare = name?.replace(/^(publishers\/google\/)?models\//, '');
  return bare ? [bare] : [];
}
