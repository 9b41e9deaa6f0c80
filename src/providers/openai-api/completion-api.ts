import type { CompletionEvents } from '../../completion/ports/events.ts';
import type { Answer, ModelCapabilities, ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { StreamDecoder } from '../shared/decode-stream.ts';
import type { JsonObject } from '../shared/json.ts';

/** One of OpenAI's APIs that complete conversations, as the vendors that offer it are asked. */
export interface CompletionApi {
  /** Where it is asked, below the base URL, such as `/chat/completions`. */
  readonly path: string;
  /** What a model takes by way of this API, where that is less than all that it can. */
  capabilities?(model: string): ModelCapabilities;
  mapRequest(call: ProviderCall, mode: { streamed: boolean }): MappedRequest;
  mapAnswer(answer: JsonObject, context: AnswerContext & { warnings: Warning[] }): Answer;
  createStreamDecoder(context: AnswerContext): StreamDecoder;
  /** Maps a whole answer that came where a stream was asked for. Absent where none may. */
  mapUnstreamed?(answer: JsonObject, context: AnswerContext): CompletionEvents;
  /** Its own way to count input tokens exactly. Absent where it has none. */
  counting?: {
    /** Where it is asked, below the base URL. */
    readonly path: string;
    mapRequest(call: ProviderCall): object;
    mapAnswer(answer: JsonObject): number | undefined;
  };
}

export interface MappedRequest {
  body: object;
  /** What the request asked for that the API cannot say. */
  warnings: Warning[];
}

export interface AnswerContext {
  call: ProviderCall;
  /** The provider's name in the configuration. */
  provider: string;
}
