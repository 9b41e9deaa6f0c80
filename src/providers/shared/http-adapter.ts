import type { GatewayError } from '../../completion/error.ts';
import { unsupportedParameters } from '../../completion/fit-to-model.ts';
import type { CompletionEvent, CompletionEvents } from '../../completion/ports/events.ts';
import type {
  Answer,
  EmbedCall,
  Embeddings,
  Provider,
  ProviderCall,
} from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { decodeStream, type Framing, SERVER_SENT_EVENTS, type StreamDecoder } from './decode-stream.ts';
import type { LeanHeaders, LeanResponse } from './response.ts';

/** What is a vendor's own about being asked over HTTP. */
export interface HttpVendor<Request extends { warnings: Warning[] }> {
  mapRequest(call: ProviderCall, mode: { streamed: boolean }): Request;
  /** Sends the request as the vendor's SDK builds it, and returns the raw response, once its headers are there. */
  send(call: ProviderCall, request: Request, mode: { streamed: boolean }): Promise<LeanResponse>;
  /** Reads a whole answer's body; `headers` came before it. */
  mapAnswer(body: string, call: ProviderCall, warnings: Warning[], headers: LeanHeaders): Answer;
  createStreamDecoder(call: ProviderCall): StreamDecoder;
  /** How its streams are cut into events. Default: as server-sent events. */
  framing?: Framing;
  /** Reads the body of a 200 that came where a stream was asked for, and is none. Throws, or decodes it all the same. */
  mapUnstreamed(body: string, call: ProviderCall): CompletionEvents;
  listModels: Provider['listModels'];
  embed?(call: EmbedCall): Promise<Embeddings>;
  countTokens?(call: ProviderCall): Promise<number | undefined>;
  /** Turns whatever the others threw into a GatewayError. */
  mapError(thrown: unknown): GatewayError;
}

/** The ways to ask a vendor, the same for all who are asked over HTTP: send, decode the raw body once, close. */
export function createHttpAdapter<Request extends { warnings: Warning[] }>(
  vendor: HttpVendor<Request>,
): Pick<Provider, 'complete' | 'stream' | 'embed' | 'countTokens' | 'listModels'> {
  const { embed, countTokens, listModels, framing = SERVER_SENT_EVENTS } = vendor;
  return {
    ...(embed && { embed: mapping(embed) }),
    ...(countTokens && { countTokens: mapping(countTokens) }),
    listModels: mapping(listModels),

    async complete(call) {
      try {
        const request = mapRequest(call, { streamed: false });
        const response = await vendor.send(call, request, { streamed: false });
        return vendor.mapAnswer(await response.text(), call, request.warnings, response.headers);
      } catch (thrown) {
        throw vendor.mapError(thrown);
      }
    },

    async *stream(call) {
      try {
        const request = mapRequest(call, { streamed: true });
        const response = await vendor.send(call, request, { streamed: true });
        try {
          yield request.warnings.map((value): CompletionEvent => ({ $case: 'warning', value }));
          if (framing.isStream(response))
            yield* decodeStream(response.body, vendor.createStreamDecoder(call), framing);
          else yield vendor.mapUnstreamed(await response.text(), call);
        } finally {
          // Whoever reads may leave before a piece of the body was asked for.
          response.body.cancel();
        }
      } catch (thrown) {
        throw vendor.mapError(thrown);
      }
    },
  };

  /** What the vendor's request has no words for is told by its mapping only, and refused here where the call says so. */
  function mapRequest(call: ProviderCall, mode: { streamed: boolean }): Request {
    const request = vendor.mapRequest(call, mode);
    if (call.unsupported === 'reject' && request.warnings.length > 0) {
      throw unsupportedParameters(call.model, request.warnings);
    }
    return request;
  }

  /** The same question, whose failures are the gateway's errors. */
  function mapping<Call, Result>(ask: (call: Call) => Promise<Result>): (call: Call) => Promise<Result> {
    return async (call) => {
      try {
        return await ask(call);
      } catch (thrown) {
        throw vendor.mapError(thrown);
      }
    };
  }
}
