import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../support/random.ts';
import type { FakeProvider } from '../support/fake-provider.ts';

const BETWEEN_MS = 6_000;
const OUTAGE_MS = 1_500;

/** Takes one provider after the other from the net for a while, until it is disposed of, when all are back. */
export function beginOutages(providers: readonly FakeProvider[], seed: number): AsyncDisposable {
  const over = new AbortController();
  const random = seededRandom(seed);
  const done = takeDown().catch(() => {});

  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
    },
  };

  async function takeDown(): Promise<void> {
    for (;;) {
      await sleep(BETWEEN_MS, undefined, { signal: over.signal });
      const provider = providers[random.below(providers.length)];
      await provider?.shut();
      try {
        await sleep(OUTAGE_MS, undefined, { signal: over.signal });
      } finally {
        await provider?.reopen();
      }
    }
  }
}
