import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reasonName } from '../../src/completion/error.ts';
import type { CompletionEvents, Provider, ProviderCall } from '../../src/completion/ports.ts';
import { CompleteRequest } from '../../src/gen/sluice/v1/completion_service.ts';
import { type Expectation, failure, type Reading, saidByAnswer, saidByEvents } from './expectations.ts';
import { ABSENT, bodyOf, isStreamed, loadRecordings, type Recording } from './recordings.ts';
import { type ReplayServer, randomFrom, SEED, startReplayServer } from './replay-server.ts';

export interface ReplayedVendor {
  /** Title of the tests. */
  title: string;
  /** Which recordings are this adapter's. */
  wanted(recording: Recording): boolean;
  /** The adapter under test, asking the given address. */
  createProvider(baseUrl: string): Provider;
  /** The independent reading. */
  read: Reading;
  /** A whole answer's recording as the stream that says the same, where the test can write one. */
  toStream?(recording: Recording): Recording | undefined;
  /** A stream's recording as the whole answer that says the same, where the test can write one. */
  toWhole?(recording: Recording): Recording | undefined;
}

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
      if (isStreamed(recording)) {
        it(`streams ${recording.id} with CRLF line ends all the same`, async () => {
          await expectReading(withCrLf(recording), expectation, 'stream');
        });
      }
      if (isStreamed(recording) && recording.response.status === 200) {
        it(`streams ${recording.id} from behind a proxy that drops the content type all the same`, async () => {
          await expectReading(withoutContentType(recording), expectation, 'stream');
        });
      }
      const twin = isStreamed(recording) ? vendor.toWhole?.(recording) : vendor.toStream?.(recording);
      if (twin && expectation.kind === 'answer') {
        it(`says the same for ${recording.id} whole and streamed`, async () => {
          await expectReading(twin, expectation, isStreamed(twin) ? 'stream' : 'complete');
        });
      }
    }

    async function expectReading(recording: Recording, expectation: Expectation, mode: Mode): Promise<void> {
      const { status, headers } = recording.response;
      server.answerWith({ status, headers, body: bodyOf(recording) }, randomFrom(SEED));
      expect(await outcome(mode)).toEqual(wantedOutcome(expectation));
    }

    async function outcome(mode: Mode): Promise<unknown> {
      try {
        if (mode === 'complete') return saidByAnswer(await provider.complete(aCall()));
        return saidByEvents(await stream());
      } catch (error) {
        return failure(error as Parameters<typeof failure>[0]);
      }
    }

    async function stream(): Promise<CompletionEvents[]> {
      const batches: CompletionEvents[] = [];
      for await (const batch of provider.stream(aCall())) batches.push(batch);
      return batches;
    }
  });
}

type Mode = 'complete' | 'stream';

/** An error is the same in both modes; a body that holds an answer fits only the mode that it was recorded in. */
function modesOf(recording: Recording, expectation: Expectation): Mode[] {
  if (expectation.kind === 'error' && recording.response.status !== 200) return ['complete', 'stream'];
  return [isStreamed(recording) ? 'stream' : 'complete'];
}

function wantedOutcome(expectation: Expectation): unknown {
  if (expectation.kind === 'answer') return expectation.said;
  if (expectation.kind === 'error')
    return { reason: reasonName(expectation.reason), httpStatus: expectation.httpStatus };
  return undefined;
}

function withCrLf(recording: Recording): Recording {
  const body = bodyOf(recording)
    .toString()
    .replaceAll(/\r\n|\r|\n/g, '\r\n');
  return { ...recording, response: { ...recording.response, encoding: 'text', body } };
}

function withoutContentType(recording: Recording): Recording {
  const { 'content-type': _, ...headers } = recording.response.headers;
  return { ...recording, response: { ...recording.response, headers } };
}

function aCall(): ProviderCall {
  return {
    model: 'replayed',
    request: CompleteRequest.fromPartial({ model: 'replayed', prompt: 'Say it again.' }),
    options: undefined,
    defaultMaxOutputTokens: 4096,
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
