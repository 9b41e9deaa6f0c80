import type { CompletionEvent, CompletionEvents } from '../../completion/ports.ts';
import type { ResponseBody } from './response-body.ts';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';

/** Turns one vendor's stream events into ours. It holds the state of one stream. */
export interface StreamDecoder {
  /** Throws a GatewayError for an error that the provider reports in the stream. */
  decode(event: ServerSentEvent): CompletionEvent[];
  /** Whether the provider's own end mark came: nothing after it is of interest. */
  readonly ended: boolean;
  /** What remains to be said at the end, `finished` last. Throws where the stream cannot have ended there. */
  end(): CompletionEvent[];
}

/** Decodes a stream, one batch per read. What came before an error is passed on before the error is thrown. */
export async function* decodeStream(
  body: ResponseBody,
  decoder: StreamDecoder,
): AsyncGenerator<CompletionEvents> {
  for await (const batch of readServerSentEvents(body)) {
    const events: CompletionEvent[] = [];
    try {
      for (const event of batch) {
        events.push(...decoder.decode(event));
        if (decoder.ended) break;
      }
      if (decoder.ended) events.push(...decoder.end());
    } catch (error) {
      if (events.length > 0) yield events;
      throw error;
    }
    // Before the yield: whoever reads the last batch may never ask for another one.
    if (decoder.ended) body.finish();
    yield events;
    if (decoder.ended) return;
  }
  yield decoder.end();
}
