import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import { messagesOf } from '../../../completion/messages.ts';
import type { ProviderCall } from '../../../completion/ports/provider.ts';
import type { CompleteRequest, ResponseFormat, Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { parseCallersObject } from '../../shared/json.ts';
import { beginningOf } from '../../shared/prompt.ts';
import { dropped } from '../../shared/warnings.ts';
import { markBeginning } from './continuation.ts';
import type { ChatDialect } from './dialect.ts';
import { mapMessages } from './map-messages.ts';
import { mapTools } from './map-tools.ts';

export interface MappedChatRequest {
  body: ChatCompletionCreateParams;
  /** What the request asked for that chat completions cannot say. */
  warnings: Warning[];
}

/** Maps a request to the body of a chat completion. The caller's own options come last and win. */
export function mapRequest(
  call: ProviderCall,
  { streamed, dialect }: { streamed: boolean; dialect: ChatDialect },
): MappedChatRequest {
  const { model, request, options } = call;
  const { sampling, maxOutputTokens } = request;
  const reasoning = dialect.mapReasoning(request.reasoning, model);
  const endUser = mapEndUser(request, dialect);
  const said = messagesOf(request);
  const messages = mapMessages(said, { dialect, model });
  const begun = beginningOf(said) !== undefined;
  const body = {
    model,
    messages: begun ? markBeginning(messages, dialect.continuation) : messages,
    [dialect.outputLimit(model)]: maxOutputTokens,
    temperature: sampling?.temperature,
    top_p: sampling?.topP,
    top_k: sampling?.topK,
    [dialect.seed]: sampling?.seed,
    stop: sampling?.stop.length ? sampling.stop : undefined,
    presence_penalty: sampling?.presencePenalty,
    frequency_penalty: sampling?.frequencyPenalty,
    ...(begun && dialect.continuation.request),
    ...reasoning.members,
    response_format: mapResponseFormat(request.responseFormat),
    ...endUser.members,
    ...(request.tools.length > 0 && mapTools(request, dialect.capabilities(model))),
    ...(streamed && dialect.asksForUsage && { stream_options: { include_usage: true } }),
    ...options,
    stream: streamed,
  };
  // Members that are undefined are not written, which the SDK's types do not foresee.
  return {
    body: body as unknown as ChatCompletionCreateParams,
    warnings: [...reasoning.warnings, ...endUser.warnings],
  };
}

function mapEndUser(
  { endUser }: CompleteRequest,
  dialect: ChatDialect,
): { members: Record<string, string>; warnings: Warning[] } {
  if (!endUser) return { members: {}, warnings: [] };
  if (dialect.endUser) return { members: { [dialect.endUser]: endUser }, warnings: [] };
  return { members: {}, warnings: [dropped('end_user', 'the provider takes no ids of users')] };
}

function mapResponseFormat(
  format: ResponseFormat | undefined,
): ChatCompletionCreateParams['response_format'] | undefined {
  switch (format?.format?.$case) {
    case 'jsonObject':
      return { type: 'json_object' };
    case 'jsonSchema': {
      const { name, description, schema, strict } = format.format.value;
      return {
        type: 'json_schema',
        json_schema: {
          name: name || 'response',
          ...(description && { description }),
          schema: parseCallersObject(schema, 'response_format.json_schema.schema'),
          ...(strict && { strict }),
        },
      };
    }
    default:
      return undefined;
  }
}
