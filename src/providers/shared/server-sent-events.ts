import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/** One server-sent event. `event` is its name, where the provider names its events. */
export type ServerSentEvent = Pick<EventSourceMessage, 'event' | 'data'>;

/** Limit on one event, in UTF-16 code units. */
const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/**
 * Reads the events of a body in batches: all that one read completed. A batch is empty where it completed none, so
 * that comments and half events show as signs of life.
 *
 * What stands at the end without its blank line is an event only if it is whole JSON, as the last one of Gemini may
 * be: half an event is dropped, and the provider's end mark is missed with it.
 */
export async function* readServerSentEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent[]> {
  let batch: ServerSentEvent[] = [];
  let overflow: Error | undefined;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onEvent: (event) => batch.push(event),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') overflow = error;
    },
  });
  const decoder = new TextDecoder();

  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (overflow) throw tooLong(overflow);
    yield batch;
    batch = [];
  }
  parser.feed(decoder.decode());
  // A line end for the line, and another one for the event.
  parser.feed('\n\n');
  const last = batch.filter(isWhole);
  if (last.length > 0) yield last;
}

function isWhole({ data }: ServerSentEvent): boolean {
  try {
    JSON.parse(data);
    return true;
  } catch {
    return data === '[DONE]';
  }
}

function tooLong(cause: Error): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_RESPONSE_INVALID,
    `The provider sent an event of more than ${MAX_EVENT_LENGTH} characters.`,
    { cause, metadata: { limit: String(MAX_EVENT_LENGTH) } },
  );
}
