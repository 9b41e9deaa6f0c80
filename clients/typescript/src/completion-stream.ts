import { SluiceError } from './error.ts';
import { createFold } from './fold.ts';
import type { CompleteResponse, StreamCompleteResponse } from './gen/sluice/v1/completion_service.ts';
import { textOf } from './messages.ts';

/** One event of a streamed completion, told apart by `$case`, with its position in the stream. */
export type CompletionEvent = NonNullable<StreamCompleteResponse['event']> & { readonly sequence: number };

/** A piece of text, or word that what came before it is void. */
export interface TextChunk {
  readonly text: string;
  /** The answer begins again, elsewhere: forget the text so far. */
  readonly startsOver: boolean;
}

/**
 * A completion while it is being produced. The call begins with the first read and has one reader: a loop over the
 * events or over {@link CompletionStream.textChunks}. Leaving the loop cancels the call. Without a loop,
 * {@link CompletionStream.text} or {@link CompletionStream.final} read the stream themselves.
 */
export interface CompletionStream extends AsyncIterable<CompletionEvent> {
  [Symbol.asyncIterator](): AsyncGenerator<CompletionEvent, void, undefined>;
  /** Reads the text alone, as it comes. */
  textChunks(): AsyncGenerator<TextChunk, void, undefined>;
  /** Resolves to the whole text once the completion ended; text that was voided on the way is not in it. */
  text(): Promise<string>;
  /** Resolves, once the completion ended, to what the unary call would have answered. */
  final(): Promise<CompleteResponse>;
}

/** Makes a stream of the messages of StreamComplete, and insists on their order and on their end. */
export function createCompletionStream(
  messages: AsyncGenerator<StreamCompleteResponse, void, undefined>,
): CompletionStream {
  const fold = createFold();
  const whole = Promise.withResolvers<CompleteResponse>();
  // Whoever reads the events meets the error there.
  whole.promise.catch(() => {});
  let isTaken = false;

  return {
    [Symbol.asyncIterator]: takeEvents,
    textChunks: () => readText(takeEvents()),
    async text() {
      return textOf(await final());
    },
    final,
  };

  async function final(): Promise<CompleteResponse> {
    if (!isTaken) for await (const _ of takeEvents());
    return await whole.promise;
  }

  function takeEvents(): AsyncGenerator<CompletionEvent, void, undefined> {
    if (isTaken) throw new TypeError('A completion stream has one reader, and this one already has its own.');
    isTaken = true;
    return readEvents();
  }

  async function* readEvents(): AsyncGenerator<CompletionEvent, void, undefined> {
    let finished: CompletionEvent | undefined;
    let last = 0;
    try {
      for await (const { sequence, event } of messages) {
        if (sequence !== last + 1) throw incomplete(`The stream jumped from event ${last} to ${sequence}.`);
        last = sequence;
        // Absent where a newer gateway sends an event that this version does not know.
        if (!event) continue;
        fold.add(event);
        // Held back until the call is over, so that a reader who leaves here does not cancel it.
        if (event.$case === 'finished') finished = { ...event, sequence };
        else yield { ...event, sequence };
      }
      if (!finished) throw incomplete(`The stream ended after event ${last}, without \`finished\`.`);
    } catch (error) {
      // With `finished` the answer is whole, whatever became of the connection afterwards.
      if (!finished) {
        whole.reject(error);
        throw error;
      }
    } finally {
      if (!finished) whole.reject(leftEarly());
    }
    whole.resolve(fold.answer());
    yield finished;
  }
}

async function* readText(events: AsyncIterable<CompletionEvent>): AsyncGenerator<TextChunk, void, undefined> {
  for await (const event of events) {
    if (event.$case === 'textDelta') yield { text: event.value.text, startsOver: false };
    if (event.$case === 'part' && event.value.part?.$case === 'text') {
      yield { text: event.value.part.value, startsOver: false };
    }
    if (event.$case === 'failedOver' && event.value.discardPrevious) yield { text: '', startsOver: true };
  }
}

function incomplete(message: string): SluiceError {
  return new SluiceError({ status: 'DATA_LOSS', reason: 'INCOMPLETE_STREAM', message });
}

function leftEarly(): SluiceError {
  return new SluiceError({ status: 'CANCELLED', message: 'The reader left the stream before its end.' });
}
