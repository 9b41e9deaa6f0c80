import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { JsonObject } from '../shared/json.ts';
import type { CompletionApi } from './completion-api.ts';
import type { Tokenizer } from './tokenizer.ts';
import { tokenizerQuestion } from './tokenizer-question.ts';

/** Creates the way to count the input tokens of OpenAI's models, exactly or not at all, by their own tokenizer. */
export function createCountTokens({
  api,
  tokenizer,
}: {
  api: CompletionApi;
  tokenizer: Tokenizer;
}): (call: ProviderCall) => Promise<number | undefined> {
  return async (call) => {
    const { body } = api.mapRequest(call, { streamed: false });
    const question = tokenizerQuestion(withoutUnsaid(body));
    return question && tokenizer.count(question);
  };
}

/** Members that are undefined are not written. */
function withoutUnsaid(body: object): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
