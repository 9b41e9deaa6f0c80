import type { ProviderConfig } from '../../config/config.ts';
import { createChatApi } from './chat/api.ts';
import type { ChatDialect } from './chat/dialect.ts';
import type { CompletionApi } from './completion-api.ts';
import { createCompletionsApi } from './completions/api.ts';
import { createResponsesApi } from './responses/api.ts';

/** Creates the API that a provider is configured to speak; `dialect` is how its server wants chat completions. */
export function createCompletionApi(api: ProviderConfig['api'], dialect: ChatDialect): CompletionApi {
  return APIS[api](dialect);
}

const APIS: Record<ProviderConfig['api'], (dialect: ChatDialect) => CompletionApi> = {
  chat: createChatApi,
  responses: createResponsesApi,
  completions: createCompletionsApi,
};
