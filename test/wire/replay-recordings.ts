import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../src/completion/error.ts';
import type { CompletionEvents } from '../../src/completion/ports/events.ts';
import type { EmbedCall, Provider, ProviderCall } from '../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../src/gen/sluice/v1/completion_service.ts';
import { EmbeddingPurpose } from '../../src/gen/sluice/v1/embedding_service.ts';
import {
  type Asked,
  type Claim,
  type Expectation,
  failure,
  inSinglePrecision,
  saidByAnswer,
  saidByEmbeddings,
  saidByEvents,
} from './expectations.ts';
import { ABSENT, bodyOf, isStreamed, loadRecordings, type Recording } from './recordings.ts';
import { type ReplayServer, randomFrom, SEED, startReplayServer } from './replay-server.ts';

export interface ReplayedVendor extends Claim {
  /** The adapter under test, asking the given address. */
  createProvider(baseUrl: string): Provider;
  /** What must be asked for a recording, where any question will not do. */
  ask?(recording: Recording): Question;
  /** A whole answer's recording as the stream that says the same, where the test can write one. */
  toStream?(recording: Recording): Recording | undefined;
  /** A stream's recording as the whole answer that says the same, where the test can write one. */
  toWhole?(recording: Recording): Recording | undefined;
}

/** What is asked of an adapter in place of the usual question. */
export type Question = Partial<
  Pick<ProviderCall, 'model' | 'request' | 'options'> & Pick<EmbedCall, 'texts' | 'dimensions' | 'purpose'>
>;

/** Tests that an adapter gets out of every recording what an independent reading of it says. */
export function replayRecordings(vendor: ReplayedVendor): void {
  const { title, wanted, createProvider, read } = vendor;
  const recordings = loadRecordings(wanted);
  if (!recordings) {
    process.stdout.write(`${ABSENT}\n`);
    it(`${title}: ${ABSENT}`, () => expect(recordings).toBeUndefined());
    return;
  }
  const judged = recordings.map((recording) => ({ recording, expectation: read(recording) }));
  process.stdout.write(`${summary(title, judged)}\n`);

  describe(`${title}, replayed from recordings (seed ${SEED})`, () => {
    let server: ReplayServer;
    let provider: Provider;
    beforeAll(async () => {
      server = await startReplayServer();
      provider = createProvider(server.url);
    });
    afterAll(async () => {
      await provider.close();
      await server[Symbol.asyncDispose]();
    });

    it('finds recordings', () => expect(judged.length).toBeGreaterThan(0));

    for (const { recording, expectation } of judged) {
      if (expectation.kind === 'not judged') continue;
      for (const mode of modesOf(recording, expectation)) {
        it(`${mode}s ${recording.id} as an independent reading does`, async () => {
          await expectReading(recording, expectation, mode);
        });
      }
      if (recording.response.wire === 'sse') {
        it(`streams ${recording.id} with CRLF line ends all the same`, async () => {
          await expectReading(withCrLf(recording), expectation, 'stream');
        });
      }
      if (isMarkedByContentType(recording) && recording.response.status === 200) {
        it(`streams ${recording.id} from behind a proxy that drops the content type all the same`, async () => {
          await expectReading(withoutContentType(recording), expectation, 'stream');
        });
      }
      const twin = expectation.kind === 'answer' ? twinOf(recording) : undefined;
      if (twin) {
        it(`says the same for ${recording.id} whole and streamed`, async () => {
          await expectReading(twin, expectation, isStreamed(twin) ? 'stream' : 'complete');
        });
      }
    }

    function twinOf(recording: Recording): Recording | undefined {
      return isStreamed(recording) ? vendor.toWhole?.(recording) : vendor.toStream?.(recording);
    }

    async function expectReading(recording: Recording, expectation: Expectation, mode: Mode): Promise<void> {
      const { status, headers } = recording.response;
      server.answerWith({ status, headers, body: bodyOf(recording) }, randomFrom(SEED));
      const question = { ...usualQuestion(recording, expectation), ...vendor.ask?.(recording) };
      expect(await outcome(mode, question)).toEqual(wantedOutcome(expectation));
    }

    async function outcome(mode: Mode, question: ReturnType<typeof usualQuestion>): Promise<unknown> {
      try {
        switch (mode) {
          case 'complete':
            return saidByAnswer(await provider.complete(question));
          case 'stream':
            return saidByEvents(await stream(question));
          case 'embed':
            return saidByEmbeddings(await able(provider.embed)(question));
          case 'count token':
            return await able(provider.countTokens)(question);
          case 'list model':
            return await provider.listModels(question);
        }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        return failure(error);
      }
    }

    async function stream(call: ProviderCall): Promise<CompletionEvents[]> {
      const batches: CompletionEvents[] = [];
      for await (const batch of provider.stream(call)) batches.push(batch);
      return batches;
    }
  });
}

/** What an adapter is asked to do, as a verb of the tests' titles. */
type Mode = 'complete' | 'stream' | 'embed' | 'count token' | 'list model';

/** A body that holds an answer fits only the way of asking that it was recorded in. */
function modesOf(recording: Recording, expectation: Expectation): Mode[] {
  switch (expectation.kind) {
    case 'embeddings':
      return ['embed'];
    case 'token count':
      return ['count token'];
    case 'model list':
      return ['list model'];
    case 'error':
      return modesOfError(recording, expectation.asked ?? ASKED[recording.api] ?? 'answer');
    default:
      return [isStreamed(recording) ? 'stream' : 'complete'];
  }
}

/** What was asked where an error was recorded: an answer, unless the API is for something else. */
const ASKED: Record<string, Asked> = {
  embeddings: 'embeddings',
  count_tokens: 'token count',
  models: 'model list',
};

/** An error of a completion is the same in both modes, unless it stands inside of an answer. */
function modesOfError(recording: Recording, asked: Asked): Mode[] {
  switch (asked) {
    case 'embeddings':
      return ['embed'];
    case 'token count':
      return ['count token'];
    case 'model list':
      return ['list model'];
    case 'answer':
      if (recording.response.status !== 200) return ['complete', 'stream'];
      return [isStreamed(recording) ? 'stream' : 'complete'];
  }
}

function wantedOutcome(expectation: Expectation): unknown {
  switch (expectation.kind) {
    case 'answer':
      return expectation.said;
    case 'embeddings':
      return { ...expectation.embedded, vectors: inSinglePrecision(expectation.embedded.vectors) };
    case 'token count':
      return expectation.tokens;
    case 'model list':
      return expectation.models;
    case 'error':
      return { reason: reasonName(expectation.reason), httpStatus: expectation.httpStatus };
    case 'not judged':
      return undefined;
  }
}

/** A way to ask that the adapter must have, since a recording calls for it. */
function able<Ask>(ask: Ask | undefined): Ask {
  if (ask === undefined) throw new Error('The adapter lacks the way to ask for this recording.');
  return ask;
}

function withCrLf(recording: Recording): Recording {
  const body = bodyOf(recording)
    .toString()
    .replaceAll(/\r\n|\r|\n/g, '\r\n');
  return { ...recording, response: { ...recording.response, encoding: 'text', body } };
}

/** Whether a stream of this kind is known by its content type, but can be told without. */
function isMarkedByContentType({ response }: Recording): boolean {
  return response.wire === 'sse' || response.wire === 'aws-eventstream';
}

function withoutContentType(recording: Recording): Recording {
  const { 'content-type': _, ...headers } = recording.response.headers;
  return { ...recording, response: { ...recording.response, headers } };
}

/** Where vectors are wanted, as many texts as there are. */
function usualQuestion({ model }: Recording, expectation: Expectation): ProviderCall & EmbedCall {
  const vectors = expectation.kind === 'embeddings' ? expectation.embedded.vectors : [[]];
  return {
    model: model || 'replayed',
    request: CompleteRequest.fromPartial({ model: 'replayed', prompt: 'Say it again.' }),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    texts: vectors.map((_, index) => `Text ${index}.`),
    dimensions: undefined,
    purpose: EmbeddingPurpose.UNSPECIFIED,
    endUser: '',
    signal: new AbortController().signal,
    report() {},
  };
}

function summary(
  title: string,
  judged: readonly { recording: Recording; expectation: Expectation }[],
): string {
  const features = new Map<string, number>();
  for (const { recording } of judged) {
    for (const feature of recording.features) features.set(feature, (features.get(feature) ?? 0) + 1);
  }
  const counts = [...features].sort().map(([feature, count]) => `${feature} ${count}`);
  const left = judged.flatMap(({ recording, expectation }) =>
    expectation.kind === 'not judged' ? [`  not judged: ${recording.id}: ${expectation.why}`] : [],
  );
  const total = `${title}: ${judged.length} recordings, ${judged.length - left.length} judged; seed ${SEED}`;
  return [total, `  ${counts.join(', ')}`, ...left].join('\n');
}
