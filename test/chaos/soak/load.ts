import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceClient } from '@sluice/client';
import { type Made, make, randomCall } from '../support/random-call.ts';

/** Calls at a steady rate, however long each of them takes. */
export interface Load {
  /** Begins calls for so long, and resolves once all of them are over: what became of each. */
  run(forMs: number): Promise<Made[]>;
}

/** A call that takes longer is as good as lost. */
const HUNG_MS = 20_000;

const TICK_MS = 10;

export function createLoad({
  client,
  seed,
  rate,
}: {
  client: SluiceClient;
  seed: number;
  /** Calls per second. */
  rate: number;
}): Load {
  let nth = 0;

  return {
    async run(forMs) {
      const running: Promise<Made>[] = [];
      const startedAt = performance.now();
      for (let elapsed = 0; elapsed < forMs; elapsed = performance.now() - startedAt) {
        while (running.length < (elapsed / 1_000) * rate) {
          nth += 1;
          running.push(make(client, 'm', randomCall(seed, nth)));
        }
        await sleep(TICK_MS);
      }
      const hung = sleep(HUNG_MS, undefined, { ref: false }).then((): never => {
        throw new Error(`A call was still running ${HUNG_MS} ms after the last one was begun.`);
      });
      return await Promise.race([Promise.all(running), hung]);
    },
  };
}
