import { expect, it } from 'vitest';
import type { Provider } from '../../src/completion/ports/provider.ts';
import { EmbeddingPurpose } from '../../src/gen/sluice/v1/embedding_service.ts';
import { ABSENT, loadRecordings, type Recording } from './recordings.ts';
import type { Question } from './replay-recordings.ts';
import { randomFrom, SEED, startReplayServer } from './replay-server.ts';

export interface AskedVendor {
  /** Title of the tests. */
  title: string;
  /** Which recordings are this adapter's. */
  wanted(recording: Recording): boolean;
  /** The adapter under test, asking the given address. */
  createProvider(baseUrl: string): Provider;
  /** Says a recorded request again in the contract's words; undefined where the contract has none for it. */
  resay(recording: Recording): Question | undefined;
  /** A request without what may be written in two ways, and without what the contract has no words for. */
  plain(body: unknown): unknown;
}

/** Tests that an adapter asks what real programs asked: recorded requests, said again in the contract's words. */
export function replayRequests(vendor: AskedVendor): void {
  const { title, wanted, createProvider, resay, plain } = vendor;
  const recordings = loadRecordings((recording) => wanted(recording) && recording.request?.body != null);
  if (!recordings) {
    it(`${title}: ${ABSENT}`, () => expect(recordings).toBeUndefined());
    return;
  }
  const resaid = recordings.flatMap((recording) => {
    const question = resay(recording);
    return question ? [{ id: recording.id, recording, question }] : [];
  });
  process.stdout.write(`${title}: ${recordings.length} recorded, ${resaid.length} said again\n`);

  it.each(resaid)('writes the request of $id as it was recorded', async ({ recording, question }) => {
    await using server = await startReplayServer();
    // Only what was asked is of interest; what is answered may be anything.
    server.answerWith({ status: 500, headers: {}, body: Buffer.alloc(0) }, randomFrom(SEED));
    const provider = createProvider(server.url);
    await expect(ask(provider, recording, question)).rejects.toThrow();
    await provider.close();
    expect(plain(JSON.parse(server.requests[0] ?? ''))).toEqual(plain(recording.request?.body));
  });
}

async function ask(provider: Provider, { api }: Recording, question: Question): Promise<unknown> {
  const { signal } = new AbortController();
  const { model = '', options, request, texts = [], dimensions, purpose } = question;
  const asked = { model, options, defaultMaxOutputTokens: 4096, signal, report() {} };
  if (request && api === 'count_tokens') return provider.countTokens?.({ ...asked, request });
  if (request) return provider.complete({ ...asked, request });
  const embedding = { dimensions, purpose: purpose ?? EmbeddingPurpose.UNSPECIFIED, endUser: '' };
  return provider.embed?.({ ...asked, ...embedding, texts });
}
