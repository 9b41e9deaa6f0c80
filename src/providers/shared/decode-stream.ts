import type { CompletionEvent, CompletionEvents } from '../../completion/ports/events.ts';
import { isEventStream, type LeanResponse } from './response.ts';
import type { ResponseBody } from './response-body.ts';
import { createEventReader, type ServerSentEvent } from './server-sent-events.ts';

/** Turns one vendor's stream events into ours. It holds the state of one stream. */
export interface StreamDecoder {
  /** Throws a GatewayError for an error that the provider reports in the stream. */
  decode(event: ServerSentEvent): CompletionEvent[];
  /** Whether the provider's own end mark came: nothing after it is of interest. */
  ended(): boolean;
  /** What remains to be said at the end, `finished` last. Throws where the stream cannot have ended there. */
  end(): CompletionEvent[];
}

/** How a vendor's streams are cut into events, each of which has a name, or none, and a text. */
export interface Framing {
  /** Whether a response is such a stream, by its headers. */
  isStream(response: LeanResponse): boolean;
  /** Creates the reader of one body. What it read before it throws is passed on. */
  createReader(): {
    read(piece: Buffer): Iterable<ServerSentEvent>;
    end(): Iterable<ServerSentEvent>;
  };
}

/** The framing of all vendors but few. */
export const SERVER_SENT_EVENTS: Framing = { isStream: isEventStream, createReader: createEventReader };

/** Decodes a stream, one batch per read. What came before an error is passed on before the error is thrown. */
export async function* decodeStream(
  body: ResponseBody,
  decoder: StreamDecoder,
  framing: Framing = SERVER_SENT_EVENTS,
): AsyncGenerator<CompletionEvents> {
  const reader = framing.createReader();
  for await (const piece of body) {
    const { events, error } = decodeBatch(reader.read(piece), decoder);
    // Before the yield: whoever reads the last batch may never ask for another one.
    if (decoder.ended() && !error) body.finish();
    if (!error || events.length > 0) yield events;
    if (error) throw error.thrown;
    if (decoder.ended()) return;
  }
  const { events, error } = decodeBatch(reader.end(), decoder);
  if (events.length > 0) yield events;
  if (error) throw error.thrown;
  if (!decoder.ended()) yield decoder.end();
}

/** What was decoded until the end or an error. */
function decodeBatch(
  batch: Iterable<ServerSentEvent>,
  decoder: StreamDecoder,
): { events: CompletionEvent[]; error?: { thrown: unknown } } {
  const events: CompletionEvent[] = [];
  try {
    for (const event of batch) {
      for (const decoded of decoder.decode(event)) events.push(decoded);
      if (decoder.ended()) {
        for (const decoded of decoder.end()) events.push(decoded);
        break;
      }
    }
    return { events };
  } catch (thrown) {
    return { events, error: { thrown } };
  }
}
