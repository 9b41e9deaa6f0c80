import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import { addUsage } from '../../completion/usage.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { malformed } from './json.ts';
import { unreportedUsage } from './usage.ts';

/** What a vendor takes in one request, and what it is asked at once. */
export interface BatchLimits {
  /** Texts in one request. */
  texts: number;
  /** Length of all texts in one request, in UTF-16 code units; a longer text goes alone. Default: no limit. */
  characters?: number;
  /** Requests at the same time. */
  concurrency: number;
}

/**
 * Embeds texts in as many requests as the vendor's limit takes, and puts the vectors back into the order of the texts.
 * The first request that fails ends the others.
 *
 * @throws whatever `ask` throws; GatewayError PROVIDER_RESPONSE_INVALID where a text came back without its vector.
 */
export async function embedInBatches(
  call: EmbedCall,
  limits: BatchLimits,
  ask: (call: EmbedCall) => Promise<Embeddings>,
): Promise<Embeddings> {
  const abort = new AbortController();
  const signal = AbortSignal.any([call.signal, abort.signal]);
  const batches = inBatches(call.texts, limits);
  const results: Embeddings[] = [];
  let next = 0;
  const ends = Array.from({ length: Math.min(limits.concurrency, batches.length) }, work);
  try {
    await Promise.all(ends);
  } catch (thrown) {
    abort.abort(thrown);
    await Promise.allSettled(ends);
    throw thrown;
  }
  return joined(results);

  async function work(): Promise<void> {
    for (let index = next++; index < batches.length; index = next++) {
      const texts = batches[index] ?? [];
      const result = await ask({ ...call, texts, signal });
      if (result.embeddings.length !== texts.length) {
        throw malformed(`it has ${result.embeddings.length} vectors for ${texts.length} texts`);
      }
      results[index] = result;
    }
  }
}

function inBatches(texts: readonly string[], limits: BatchLimits): string[][] {
  const { texts: most, characters = Number.POSITIVE_INFINITY } = limits;
  const batches: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const batch = batches.at(-1);
    if (batch && batch.length < most && text.length <= room) batch.push(text);
    else {
      batches.push([text]);
      room = characters;
    }
    room -= text.length;
  }
  return batches;
}

function joined(results: readonly Embeddings[]): Embeddings {
  const first = results[0];
  if (results.length === 1 && first) return first;
  return {
    embeddings: results.flatMap(({ embeddings }) => embeddings),
    usage: results.reduce<Usage>((sum, { usage }) => addUsage(sum, usage), {
      ...unreportedUsage(),
      estimated: false,
    }),
    // Each request was the same but for its texts.
    warnings: first?.warnings ?? [],
  };
}
