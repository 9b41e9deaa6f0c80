import { createClient, SluiceError } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { says, startFakeOpenAi } from '../support/fake-openai.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

/** A gateway that takes one call at once, and a provider that answers each when it is told to. */
async function startNarrowGateway(limits: Record<string, unknown>) {
  const answer = says('hello');
  const waiting: (() => unknown)[] = [];
  const provider = await startFakeOpenAi((request, response) => {
    waiting.push(() => answer(request, response));
  });
  const gateway = await startGateway({
    server: { maxConcurrency: 1, ...limits },
    providers: { p: { kind: 'openai', apiKey: 'key-for-tests', baseUrl: provider.url } },
    cache: { enabled: false },
  });
  return {
    gateway,
    provider,
    // A refused call comes again after up to a second and a half.
    asked: (times: number) => expect.poll(() => provider.requests.length, { timeout: 10_000 }).toBe(times),
    answerOne: () => waiting.shift()?.(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

const request = { model: 'p/gpt-x', prompt: 'hello', maxOutputTokens: 16 };

async function queued({ metricsUrl }: Gateway): Promise<string | undefined> {
  const metrics = await (await fetch(metricsUrl)).text();
  return /^sluice_calls_queued\S* (\d+)$/m.exec(metrics)?.[1];
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  return SluiceError.is(error) ? { status: error.status, reason: error.reason } : error;
}

const overloaded = { status: 'UNAVAILABLE', reason: 'GATEWAY_OVERLOADED' };

describe('a gateway that serves as many calls as it may', () => {
  it('lets the next one wait in line, which its gauge tells, and then serves it', async () => {
    await using narrow = await startNarrowGateway({ queueTimeout: '10s' });
    const { client } = narrow.gateway;
    const calls = [client.complete(request), client.complete(request)];
    await narrow.asked(1);
    await expect.poll(() => queued(narrow.gateway)).toBe('1');
    narrow.answerOne();
    await narrow.asked(2);
    narrow.answerOne();
    const answers = await Promise.all(calls);
    expect(answers.map(({ execution }) => execution?.attempts.length)).toEqual([1, 1]);
    expect(await queued(narrow.gateway)).toBe('0');
  });

  it('refuses completions, streams and texts to embed alike, and each has its line in the log', async () => {
    await using narrow = await startNarrowGateway({ maxQueueLength: 0 });
    const { client, log } = narrow.gateway;
    const first = client.complete(request);
    await narrow.asked(1);
    const stream = client.stream(request)[Symbol.asyncIterator]();
    expect([
      await failureOf(client.complete(request)),
      await failureOf(stream.next()),
      await failureOf(client.embeddings.embed({ model: 'demo/demo-embedding', texts: ['a'] })),
    ]).toEqual([overloaded, overloaded, overloaded]);
    expect(log.filter((line) => line.includes('"ending":"GATEWAY_OVERLOADED"'))).toHaveLength(3);
    narrow.answerOne();
    await first;
    const { embeddings } = await client.embeddings.embed({ model: 'demo/demo-embedding', texts: ['a'] });
    expect(embeddings).toHaveLength(1);
  });

  it('goes on serving what costs it little: lists of models, providers, health', async () => {
    await using narrow = await startNarrowGateway({ maxQueueLength: 0 });
    const { client } = narrow.gateway;
    const first = client.complete(request);
    await narrow.asked(1);
    expect((await client.models.listModels()).models.length).toBeGreaterThan(0);
    expect((await client.admin.listProviders()).providers.length).toBeGreaterThan(0);
    narrow.answerOne();
    await first;
  });

  it('is answered by a client that retries once the time has passed that it was told', async () => {
    await using narrow = await startNarrowGateway({ maxQueueLength: 0 });
    await using client = createClient({ address: narrow.gateway.address });
    const first = client.complete(request);
    await narrow.asked(1);
    const startedAt = performance.now();
    const second = client.complete(request);
    await expect.poll(() => narrow.gateway.log.join()).toContain('GATEWAY_OVERLOADED');
    narrow.answerOne();
    await first;
    await narrow.asked(2);
    // Without being told, it would have come back within 200 ms.
    expect(performance.now() - startedAt).toBeGreaterThan(450);
    narrow.answerOne();
    await second;
  });

  it('forgets a call that leaves the line, and never asks a provider for it', async () => {
    await using narrow = await startNarrowGateway({ queueTimeout: '10s' });
    const { client } = narrow.gateway;
    const first = client.complete(request);
    await narrow.asked(1);
    const leaving = new AbortController();
    const left = failureOf(client.complete(request, { signal: leaving.signal }));
    const late = failureOf(client.complete(request, { timeoutMs: 400 }));
    await expect.poll(() => queued(narrow.gateway)).toBe('2');
    leaving.abort();
    expect(await left).toEqual({ status: 'CANCELLED', reason: 'CANCELLED' });
    expect(await late).toEqual({ status: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    await expect.poll(() => queued(narrow.gateway)).toBe('0');
    narrow.answerOne();
    await first;
    expect(narrow.provider.requests).toHaveLength(1);
  });
});
