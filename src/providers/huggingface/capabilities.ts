import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import type { ProviderConfig } from '../../config/config.ts';
import { completionsCapabilities } from '../openai-api/completions/capabilities.ts';
import { EMBEDS_ONLY } from '../shared/no-capabilities.ts';
import type { Server } from './server.ts';

/**
 * What a model takes. Names on the Hub tell little: but for models that are for vectors, it is what the server takes,
 * by the API that it is asked in.
 */
export function capabilitiesOf(
  model: string,
  { server, api }: { server: Server; api: ProviderConfig['api'] },
): ModelCapabilities {
  if (EMBEDDERS.test(model)) return EMBEDS_ONLY;
  // A server of one's own has one model, by any name.
  return { ...completes(server, api), embedding: server.is !== 'router' };
}

function completes(server: Server, api: ProviderConfig['api']): ModelCapabilities {
  if (api !== 'completions') return CHATS;
  return server.is === 'endpoint' ? GENERATES : completionsCapabilities(CHATS);
}

const EMBEDDERS =
  /^sentence-transformers\/|embed|(^|[/_-])(bge|e5|gte|minilm|mpnet|sbert|contriever|uae|labse)([/_-]|$)/i;

const CHATS: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 2,
  topP: true,
  topK: false,
  seed: true,
  maxStopTexts: 4,
  presencePenalty: true,
  frequencyPenalty: true,
  reasoning: true,
  tools: true,
  parallelTools: true,
  jsonObject: true,
  jsonSchema: true,
  imageInput: true,
  documentInput: false,
  audioInput: false,
  prefill: false,
};

/** TGI's own API, which knows no penalty on mere presence. */
const GENERATES: ModelCapabilities = {
  ...CHATS,
  topK: true,
  presencePenalty: false,
  reasoning: false,
  tools: false,
  parallelTools: false,
  imageInput: false,
  prefill: true,
};
