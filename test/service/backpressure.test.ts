import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { delta, startFakeOpenAi } from '../support/fake-openai.ts';
import { startGateway } from '../support/gateway.ts';
import { freePorts, startGatewayProcess } from '../support/gateway-process.ts';

const MiB = 1024 * 1024;

/** A provider that sends as much as it is let, 64 MiB a stream if nobody holds it back, and counts. */
async function startTalker() {
  const piece = delta({ content: 'x'.repeat(16_384) });
  let sent = 0;
  const provider = await startFakeOpenAi(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const closed = once(response, 'close');
    for (let n = 0; n < 4_096 && !response.destroyed; n++) {
      sent += piece.length;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
    }
  });
  return {
    ...provider,
    config: { providers: { p: { kind: 'openai', apiKey: 'key-for-tests', baseUrl: provider.url } } },
    /** Waits until it is held back: what it sent is twice the same, with time to grow in between. */
    async heldBack(): Promise<number> {
      await expect
        .poll(
          async () => {
            const before = sent;
            await sleep(300);
            return sent - before;
          },
          { timeout: 15_000 },
        )
        .toBe(0);
      return sent;
    },
  };
}

/** Memory of a process that is not on the disk, in bytes. */
function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

describe('a caller that reads slowly', () => {
  it('slows the provider down, and the gateway holds no more than buffers do', async () => {
    await using provider = await startTalker();
    await using gateway = await startGateway(provider.config);
    const events = gateway.client.stream({ model: 'p/gpt-x', prompt: 'hello' })[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    // Sockets buffer a few MiB on the loopback, whoever is in between.
    expect(await provider.heldBack()).toBeLessThan(24 * MiB);
    await events.return?.();
    await expect(provider.requests[0]?.closed).resolves.toBeGreaterThan(0);
  });

  it('costs the gateway a bounded amount of memory, however much there is to read and for however long', async () => {
    const callers = 20;
    await using provider = await startTalker();
    await using gateway = await startGatewayProcess({ server: freePorts, ...provider.config });
    await using client = createClient({ address: await gateway.address(), maxAttempts: 1 });
    const before = residentBytes(gateway.pid);
    const streams = Array.from({ length: callers }, () =>
      client.stream({ model: 'p/gpt-x', prompt: 'hello' })[Symbol.asyncIterator](),
    );
    await Promise.all(streams.map((events) => events.next()));
    for (const afterMs of [0, 1_500]) {
      await sleep(afterMs);
      expect(await provider.heldBack()).toBeLessThan(callers * 24 * MiB);
      // Messages on their way, the text so far, and what the collector has not come to: far from 64 MiB each.
      expect(residentBytes(gateway.pid) - before).toBeLessThan(callers * 16 * MiB);
    }
    await Promise.all(streams.map((events) => events.return?.()));
    await Promise.all(provider.requests.map(({ closed }) => closed));
  });
});
