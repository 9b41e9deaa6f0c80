import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError, textOf } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { createFold as createClientFold } from '../../clients/typescript/src/fold.ts';
import { createFold } from '../../src/completion/fold.ts';
import type { CompletionEvent } from '../../src/completion/ports/events.ts';
import { delta, fails, type Respond, says, stalls, startFakeOpenAi } from '../support/fake-openai.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const openai = (baseUrl: string, more = {}) => ({
  kind: 'openai',
  apiKey: 'sk-canary-0123456789abcdef',
  baseUrl,
  ...more,
});

async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!SluiceError.is(error)) throw new Error(`no SluiceError, but ${error}`);
  return error;
}

describe('a call to the demo provider', () => {
  it.each([
    ['demo', {}],
    ['demo/reason', {}],
    ['demo/refuse', {}],
    [
      'demo/tools-2',
      {
        tools: [
          { name: 'f', parameters: '{"type":"object","properties":{"a":{"type":"string"}}}' },
          { name: 'g' },
        ],
      },
    ],
    ['demo', { responseFormat: { format: { $case: 'jsonObject' as const, value: {} } } }],
    ['demo', { maxOutputTokens: 3 }],
    ['demo', { sampling: { stop: ['provider'] } }],
  ])('folds to what the unary call answers: %s %j', async (model, more) => {
    await using gateway = await startGateway();
    const request = { model, prompt: 'hello', cache: { mode: 'CACHE_MODE_BYPASS' as const }, ...more };
    const unary = await gateway.client.complete(request);
    const events: CompletionEvent[] = [];
    const clients = createClientFold();
    for await (const event of gateway.client.stream(request)) {
      events.push(event as CompletionEvent);
      clients.add(event);
    }
    const servers = createFold();
    servers.add(events);
    const timeless = ({ id: _, execution, ...rest }: typeof unary) => ({
      ...rest,
      by: execution?.providerModel,
    });
    expect(timeless(servers.answer())).toEqual(timeless(unary));
    expect(timeless(clients.answer())).toEqual(timeless(unary));
  });

  it.each([
    [400, 'PROVIDER_REJECTED_REQUEST', 'INVALID_ARGUMENT'],
    [401, 'PROVIDER_CREDENTIALS_REJECTED', 'INTERNAL'],
    [404, 'MODEL_NOT_FOUND', 'NOT_FOUND'],
    [429, 'PROVIDER_RATE_LIMITED', 'UNAVAILABLE'],
    [500, 'PROVIDER_UNAVAILABLE', 'UNAVAILABLE'],
  ])('fails on demand with %i, seen as %s, %s', async (httpStatus, reason, status) => {
    await using gateway = await startGateway({ execution: { maxAttempts: 1 } });
    const error = await failureOf(
      gateway.client.complete({ model: `demo/fail-${httpStatus}`, prompt: 'hello' }),
    );
    expect(error).toMatchObject({ reason, status, attempts: [{ provider: 'demo', httpStatus }] });
  });

  it('breaks in mid-stream on demand, which is an error and never an end', async () => {
    await using gateway = await startGateway();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of gateway.client.stream({ model: 'demo/break-3', prompt: 'hello' }))
        seen.push(event.$case);
    })();
    expect(await failureOf(reading)).toMatchObject({ reason: 'STREAM_INTERRUPTED', status: 'UNAVAILABLE' });
    expect(seen).toContain('textDelta');
  });

  it('names every field at fault', async () => {
    await using gateway = await startGateway();
    const request = { model: 'demo', sampling: { temperature: 3 }, labels: { '': 'a' } };
    const error = await failureOf(gateway.client.complete(request));
    expect(error).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST' });
    expect(error.fieldViolations.map(({ field }) => field)).toEqual([
      'messages',
      'sampling.temperature',
      'labels',
    ]);
  });

  it.each(['nobody', 'nobody/gpt', 'demo/', '/demo', 'demo/unheard-of'])(
    'knows no model %s',
    async (model) => {
      await using gateway = await startGateway();
      expect(await failureOf(gateway.client.complete({ model, prompt: 'hello' }))).toMatchObject({
        reason: 'MODEL_NOT_FOUND',
        status: 'NOT_FOUND',
      });
    },
  );
});

describe('a caller that leaves', () => {
  const modes = {
    'a unary call for a whole answer': (gateway: Gateway, signal: AbortSignal) =>
      gateway.client.complete({ model: 'p/gpt-x', prompt: 'hello', maxOutputTokens: 9 }, { signal }),
    'a unary call that streams from the provider': (gateway: Gateway, signal: AbortSignal) =>
      gateway.client.complete({ model: 'p/gpt-x', prompt: 'hello' }, { signal }),
    'a streamed call': (gateway: Gateway, signal: AbortSignal) =>
      gateway.client.stream({ model: 'p/gpt-x', prompt: 'hello' }, { signal }).final(),
  };

  it.each(Object.entries(modes))('closes the provider’s socket within 100 ms: %s', async (_, start) => {
    await using provider = await startFakeOpenAi(stalls(['Hm']));
    await using gateway = await startGateway({ providers: { p: openai(provider.url) } });
    const abort = new AbortController();
    const answer = failureOf(start(gateway, abort.signal));
    await expect.poll(() => provider.requests.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const leftAt = performance.now();
    abort.abort();
    expect(await answer).toMatchObject({ status: 'CANCELLED' });
    const closedAt = await provider.requests[0]?.closed;
    expect((closedAt ?? Number.NaN) - leftAt).toBeLessThan(100);
  });

  it.each(Object.entries(modes))('by its deadline closes it as soon: %s', async (name) => {
    await using provider = await startFakeOpenAi(stalls(['Hm']));
    await using gateway = await startGateway({ providers: { p: openai(provider.url) } });
    const maxOutputTokens = name.includes('whole') ? 9 : undefined;
    const request = { model: 'p/gpt-x', prompt: 'hello', ...(maxOutputTokens && { maxOutputTokens }) };
    const startedAt = performance.now();
    const answer = name.includes('streamed call')
      ? gateway.client.stream(request, { timeoutMs: 300 }).final()
      : gateway.client.complete(request, { timeoutMs: 300 });
    expect(await failureOf(answer)).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    const closedAt = await provider.requests[0]?.closed;
    expect((closedAt ?? Number.NaN) - startedAt).toBeLessThan(400);
  });

  it('by leaving the loop closes it too', async () => {
    await using provider = await startFakeOpenAi(stalls(['Hm']));
    await using gateway = await startGateway({ providers: { p: openai(provider.url) } });
    for await (const event of gateway.client.stream({ model: 'p/gpt-x', prompt: 'hello' })) {
      if (event.$case === 'textDelta') break;
    }
    expect(await provider.requests[0]?.closed).toBeGreaterThan(0);
  });
});

describe('failing over', () => {
  const two = (first: string, second: string) => ({
    providers: { a: openai(first), b: openai(second) },
    models: {
      smart: {
        targets: [
          { provider: 'a', model: 'm-a' },
          { provider: 'b', model: 'm-b' },
        ],
      },
    },
  });

  it.each(['unary', 'streamed'])(
    'happens before the first content, and the answer tells of it: %s',
    async (mode) => {
      await using sick = await startFakeOpenAi(fails(503));
      await using well = await startFakeOpenAi(says('Here I am.'));
      await using gateway = await startGateway(two(sick.url, well.url));
      const request = { model: 'smart', prompt: 'hello' };
      const { client } = gateway;
      const answer = await (mode === 'unary' ? client.complete(request) : client.stream(request).final());
      expect(textOf(answer)).toBe('Here I am.');
      expect(answer.execution).toMatchObject({
        provider: 'b',
        providerModel: 'm-b',
        attempts: [
          {
            provider: 'a',
            outcome: 'ATTEMPT_OUTCOME_FAILED',
            reason: 'PROVIDER_UNAVAILABLE',
            httpStatus: 503,
          },
          { provider: 'b', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED', providerRequestId: 'req-1' },
        ],
      });
    },
  );

  it('opens the circuit of a provider that keeps failing, which then is not asked any more', async () => {
    await using sick = await startFakeOpenAi(fails(500));
    await using gateway = await startGateway({ providers: { a: openai(sick.url) } });
    for (let n = 0; n < 5; n++) await failureOf(gateway.client.complete({ model: 'a/m', prompt: `${n}` }));
    const error = await failureOf(gateway.client.complete({ model: 'a/m', prompt: 'once more' }));
    expect(error).toMatchObject({
      reason: 'CIRCUIT_OPEN',
      attempts: [{ outcome: 'ATTEMPT_OUTCOME_SKIPPED' }],
    });
    expect(error.retryAfterMs).toBeGreaterThan(10_000);
    expect(sick.requests).toHaveLength(5);
    const { providers } = await gateway.client.admin.listProviders({});
    expect(providers.find(({ name }) => name === 'a')).toMatchObject({
      circuit: 'CIRCUIT_STATE_OPEN',
      attemptCount: 5,
      failureCount: 5,
      inFlightCount: 0,
    });
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    expect(metrics).toMatch(/sluice_circuit_state\{[^}]*provider="a"[^}]*\} 2/);
  });

  it('never opens it for a caller’s mistakes', async () => {
    await using strict = await startFakeOpenAi(fails(400));
    await using gateway = await startGateway({ providers: { a: openai(strict.url) } });
    for (let n = 0; n < 12; n++) await failureOf(gateway.client.complete({ model: 'a/m', prompt: `${n}` }));
    expect(strict.requests).toHaveLength(12);
  });
});

describe('the provider’s key', () => {
  it('travels in the header, and shows up nowhere else', async () => {
    await using provider = await startFakeOpenAi(fails(401));
    await using gateway = await startGateway({ providers: { p: openai(provider.url) } });
    const error = await failureOf(gateway.client.complete({ model: 'p/gpt-x', prompt: 'hello' }));
    const [request] = provider.requests;
    expect(request?.headers.authorization).toBe('Bearer sk-canary-0123456789abcdef');
    expect(request?.path).not.toContain('canary');
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    const seen = [
      JSON.stringify(error),
      error.message,
      String(error.cause),
      gateway.log.join(''),
      metrics,
    ].join('');
    expect(seen).not.toContain('canary');
    expect(seen).not.toContain('secret-body');
  });
});

describe('the cache of answers', () => {
  it('answers an equal request, unary or streamed, until it is purged', async () => {
    await using provider = await startFakeOpenAi(says('Once.'));
    await using gateway = await startGateway({ providers: { p: openai(provider.url) } });
    const request = { model: 'p/gpt-x', prompt: 'hello' };
    const first = await gateway.client.complete(request);
    const again = await gateway.client.stream(request).final();
    expect(again.message).toEqual(first.message);
    expect(again.execution).toMatchObject({ cacheStatus: 'CACHE_STATUS_HIT', attempts: [] });
    expect(again.id).not.toBe(first.id);
    expect(provider.requests).toHaveLength(1);
    expect(await gateway.client.admin.getCacheStats({})).toMatchObject({ hitCount: 1, missCount: 1 });
    expect(await gateway.client.admin.purgeCache({ model: 'p/gpt-x' })).toEqual({ purgedCount: 1 });
    await gateway.client.complete(request);
    expect(provider.requests).toHaveLength(2);
  });
});

describe('an answer past its time', () => {
  /** A gateway whose provider answered once, for 50 ms, and is down now. */
  async function withStoredAnswer(file = {}) {
    let respond = says('Once.');
    const provider = await startFakeOpenAi((request, response) => respond(request, response));
    const execution = { maxAttempts: 1 };
    const gateway = await startGateway({ providers: { p: openai(provider.url) }, execution, ...file });
    const request = { model: 'p/gpt-x', prompt: 'hello', cache: { ttl: { nanos: 50_000_000 } } };
    const first = await gateway.client.complete(request);
    const turn = (next: Respond) => {
      respond = next;
    };
    turn(fails(503));
    await sleep(60);
    return {
      provider,
      gateway,
      request,
      first,
      turn,
      async [Symbol.asyncDispose]() {
        await gateway[Symbol.asyncDispose]();
        await provider[Symbol.asyncDispose]();
      },
    };
  }

  it.each(['unary', 'streamed'])('is served, marked, while its provider is down: %s', async (mode) => {
    await using stored = await withStoredAnswer();
    const { gateway, request, first, provider } = stored;
    const { client } = gateway;
    const stale = await (mode === 'unary' ? client.complete(request) : client.stream(request).final());
    expect(stale.message).toEqual(first.message);
    expect(stale.warnings).toMatchObject([{ code: 'ANSWER_STALE' }]);
    expect(stale.cost).toMatchObject({ nanoUsd: 0, unpriced: false });
    expect(stale.execution).toMatchObject({
      provider: 'p',
      providerModel: 'gpt-x',
      cacheStatus: 'CACHE_STATUS_STALE',
      attempts: [{ outcome: 'ATTEMPT_OUTCOME_FAILED', reason: 'PROVIDER_UNAVAILABLE', httpStatus: 503 }],
    });
    expect(provider.requests).toHaveLength(2);
    expect(await client.admin.getCacheStats({})).toMatchObject({ hitCount: 0, missCount: 2 });
    const metrics = await (await fetch(gateway.metricsUrl)).text();
    expect(metrics).toMatch(/sluice_cache_stale_answers_total\{[^}]*model="p\/gpt-x"[^}]*\} 1/);
    expect(gateway.log.filter((line) => line.includes('"cache":"STALE"'))).toHaveLength(1);
  });

  it('says so before anything else of it is streamed', async () => {
    await using stored = await withStoredAnswer();
    const events = [];
    for await (const event of stored.gateway.client.stream(stored.request)) events.push(event);
    expect(events).toMatchObject([
      { $case: 'started', value: { provider: 'p', cacheStatus: 'CACHE_STATUS_STALE' } },
      { $case: 'warning', value: { code: 'ANSWER_STALE' } },
      { $case: 'textDelta', value: { text: 'Once.' } },
      { $case: 'finished' },
    ]);
  });

  it('is served whole to a unary call whose provider broke in the middle, and not to a streamed one', async () => {
    await using stored = await withStoredAnswer();
    const { gateway, request, first, turn } = stored;
    turn((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'Half a' }), () => response.destroy());
    });
    const stale = await gateway.client.complete(request);
    expect(stale.message).toEqual(first.message);
    expect(stale.execution?.attempts).toMatchObject([{ outcome: 'ATTEMPT_OUTCOME_INTERRUPTED' }]);
    expect(await failureOf(gateway.client.stream(request).final())).toMatchObject({
      reason: 'STREAM_INTERRUPTED',
    });
  });

  it('is not served where the request itself is refused, nor where none are kept', async () => {
    await using stored = await withStoredAnswer();
    stored.turn(fails(400));
    expect(await failureOf(stored.gateway.client.complete(stored.request))).toMatchObject({
      reason: 'PROVIDER_REJECTED_REQUEST',
    });
    await using none = await withStoredAnswer({ cache: { staleTtl: '0s' } });
    expect(await failureOf(none.gateway.client.complete(none.request))).toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
    });
  });

  it('is forgotten by a purge', async () => {
    await using stored = await withStoredAnswer();
    const { client } = stored.gateway;
    expect(await client.admin.purgeCache({})).toEqual({ purgedCount: 1 });
    expect(await failureOf(client.complete(stored.request))).toMatchObject({
      reason: 'PROVIDER_UNAVAILABLE',
    });
  });
});

describe('ListModels', () => {
  it('pages through the aliases, by provider too', async () => {
    const models = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { targets: [{ provider: 'demo', model: 'demo' }] }]),
    );
    await using gateway = await startGateway({ models });
    const { models: api } = gateway.client;
    const first = await api.listModels({ pageSize: 2 });
    expect(first.models.map(({ name }) => name)).toEqual(['a', 'b']);
    const second = await api.listModels({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.models.map(({ name }) => name)).toEqual(['c', 'demo']);
    expect(second.nextPageToken).toBe('');
    expect((await api.listModels({ provider: 'nobody' })).models).toEqual([]);
    expect(await failureOf(api.listModels({ pageToken: '!' }))).toMatchObject({ reason: 'INVALID_REQUEST' });
    expect(await failureOf(api.listModels({ pageSize: -1 }))).toMatchObject({ reason: 'INVALID_REQUEST' });
  });
});
