import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/** One server-sent event. `event` is its name, where the provider names its events. */
export type ServerSentEvent = Pick<EventSourceMessage, 'event' | 'data'>;

/** Limit on one event, in UTF-16 code units. */
const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** Reads the events of one body, as its pieces come. */
export interface EventReader {
  /**
   * The events that a piece completes: none for a comment or half an event. Throws PROVIDER_RESPONSE_INVALID for an
   * event without end.
   */
  read(piece: Uint8Array): ServerSentEvent[];
  /**
   * What stands at the end without its blank line. It is an event only if it is whole JSON, as the last one of Gemini
   * may be: half an event is dropped, and the provider's end mark is missed with it.
   */
  end(): ServerSentEvent[];
}

/** Creates the reader of one body. */
export function createEventReader(): EventReader {
  let events: ServerSentEvent[] = [];
  let overflow: Error | undefined;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    // Some servers keep a connection alive with events that say nothing.
    onEvent: (event) => void (event.data && events.push(event)),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') overflow = error;
    },
  });
  // Keeps a character that is cut in two, as a streaming TextDecoder does, at less than half of its price.
  const decoder = new StringDecoder('utf8');

  return {
    read(piece) {
      events = [];
      parser.feed(decoder.write(piece));
      if (overflow) throw tooLong(overflow);
      return events;
    },
    end() {
      events = [];
      // A line end for the line, and another one for the event.
      parser.feed(`${decoder.end()}\n\n`);
      return events.filter(isWhole);
    },
  };
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
