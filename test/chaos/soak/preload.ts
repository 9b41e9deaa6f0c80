import { setImmediate as nextTurn } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import type { Sample } from './sample.ts';

// Loaded into the gateway's process by --import: counts what lives there when it is asked, and ends with whoever asks.

const warnings: string[] = [];
process.on('warning', ({ name, message }) => {
  if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`);
});
process.on('message', (message) => {
  if (message === 'sample') void takeSample().then((sample) => process.send?.({ sample }));
});
process.on('disconnect', () => process.exit());
// The channel alone keeps no process alive.
process.channel?.unref();

async function takeSample(): Promise<Sample> {
  // What is finalized after one collection is freed by the next.
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.({ execution: 'sync', type: 'major', flavor: 'last-resort' });
    await nextTurn();
  }
  const resources = process.getActiveResourcesInfo();
  const active = (name: string) => resources.filter((resource) => resource === name).length;
  return {
    heapBytes: process.memoryUsage().heapUsed,
    sockets: active('TCPSocketWrap') + active('TCPServerWrap'),
    timers: active('Timeout'),
    // Each takes most of a second.
    objects: {
      AbortController: queryObjects(AbortController, { format: 'count' }),
      AbortSignal: queryObjects(AbortSignal, { format: 'count' }),
      Function: queryObjects(Function, { format: 'count' }),
      Object: queryObjects(Object, { format: 'count' }),
    },
    warnings,
  };
}
