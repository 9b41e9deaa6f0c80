import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { delta, startFakeOpenAi } from '../support/fake-openai.ts';
import { startGateway } from '../support/gateway.ts';

describe('a caller that reads slowly', () => {
  it('slows the provider down, and the gateway holds no more than buffers do', async () => {
    const piece = delta({ content: 'x'.repeat(16_384) });
    let sent = 0;
    // As much as the gateway will take: 64 MiB if nobody held it back.
    await using provider = await startFakeOpenAi(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const closed = once(response, 'close');
      for (let n = 0; n < 4_096 && !response.destroyed; n++) {
        sent += piece.length;
        if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
      }
    });
    await using gateway = await startGateway({
      providers: { p: { kind: 'openai', apiKey: 'key-for-tests', baseUrl: provider.url } },
    });
    const events = gateway.client.stream({ model: 'p/gpt-x', prompt: 'hello' })[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    // It stops growing: twice the same, with time to grow in between.
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
    // Sockets buffer a few MiB on the loopback, whoever is in between.
    expect(sent).toBeLessThan(24 * 1024 * 1024);
    await events.return?.();
    await expect(provider.requests[0]?.closed).resolves.toBeGreaterThan(0);
  });
});
