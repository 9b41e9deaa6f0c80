import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { freePorts, startGatewayProcess } from '../support/gateway-process.ts';
import { startRedis } from '../support/redis-server.ts';
import { ask, attemptsOf, MODES, type Seen, sawContent, verdictOf } from './support/ask.ts';
import { always, first, forAWhile, healthy, startFakeProvider } from './support/fake-provider.ts';
import {
  contentBlocked,
  contextTooLong,
  errorInside,
  type Fault,
  fails,
  limitsRate,
  wrongKey,
} from './support/fault.ts';
import type { Wishes } from './support/reply.ts';
import { scrape } from './support/scrape.ts';
import { countedFor, INPUT, midStream, OUTPUT, openStage, PRICE, type Stage } from './support/stage.ts';

// The contract of docs/failure-modes.md, a row each, through the real server and the real client against providers
// over real sockets. Times are those of the documentation, scaled down by configuration; where a time is the point,
// it is the real one.

const RIGHT = 'the right answer';
const rows: string[] = [];

function row(name: string, define: () => void): void {
  rows.push(name);
  describe(name, define);
}

row('refused', () => {
  it.each(MODES)('is not noticed by the caller, since the next target answers: %s', async (mode) => {
    await using stage = await openStage({ providers: { a: healthy, b: healthy } });
    await stage.providers.a.shut();
    await check(stage, await stage.call(mode), {
      answeredBy: 'b',
      attempts: ['a FAILED PROVIDER_UNAVAILABLE', 'b SUCCEEDED'],
      asked: { b: 1 },
      circuits: { a: 'CLOSED 1/1', b: 'CLOSED 0/1' },
    });
  });

  failsAlone(undefined, {
    sees: 'UNAVAILABLE PROVIDER_UNAVAILABLE',
    attempts: Array(3).fill('a FAILED PROVIDER_UNAVAILABLE'),
    asked: {},
    circuits: { a: 'CLOSED 3/3' },
  });
});

row('reset', () => {
  movesOn({ is: 'reset', when: 'before headers' }, 'a FAILED PROVIDER_UNAVAILABLE');
  movesOn({ is: 'reset', when: 'after headers' }, 'a FAILED PROVIDER_UNAVAILABLE');
  failsAlone(
    { is: 'reset', when: 'before headers' },
    {
      sees: 'UNAVAILABLE PROVIDER_UNAVAILABLE',
      attempts: Array(3).fill('a FAILED PROVIDER_UNAVAILABLE'),
      circuits: { a: 'CLOSED 3/3' },
    },
  );
});

row('silent', () => {
  movesOn({ is: 'silent' }, 'a FAILED PROVIDER_TIMEOUT', { atLeastMs: 290 });
  // It has cost a time-out already.
  failsAlone(
    { is: 'silent' },
    {
      sees: 'UNAVAILABLE PROVIDER_TIMEOUT',
      attempts: ['a FAILED PROVIDER_TIMEOUT'],
      circuits: { a: 'CLOSED 1/1' },
    },
  );
});

row('slow first content', () => {
  movesOn({ is: 'slow', ms: 20_000 }, 'a FAILED PROVIDER_TIMEOUT', { atLeastMs: 290 });

  it.each(MODES)('is waited for within the limit: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always({ is: 'slow', ms: 50 }), b: healthy },
    });
    await check(stage, await stage.call(mode), {
      answeredBy: 'a',
      attempts: ['a SUCCEEDED'],
      circuits: { a: 'CLOSED 0/1' },
    });
  });
});

row('cut', () => {
  for (const how of ['closed', 'reset', 'inside an event', 'inside a character'] as const) {
    breaksInside({ is: 'cut', after: 5, how }, 'PROVIDER_UNAVAILABLE');
  }

  it('begins again at the same target after a pause, where there is no other', async () => {
    await using stage = await openStage({ providers: { a: first({ is: 'cut', after: 5, how: 'closed' }) } });
    const seen = await stage.call('streamed', { request: midStream('RESTART') });
    expect(takeOvers(seen)).toEqual(['a begins again']);
    await check(stage, seen, {
      answeredBy: 'a',
      attempts: ['a INTERRUPTED PROVIDER_UNAVAILABLE', 'a SUCCEEDED'],
      circuits: { a: 'CLOSED 1/2' },
    });
  });

  it.each(['RESTART', 'CONTINUE'] as const)(
    'everywhere ends with one error that has all attempts: %s',
    async (policy) => {
      const cut = always({ is: 'cut', after: 5, how: 'closed' });
      await using stage = await openStage({ providers: { a: cut, b: { speaks: 'anthropic', script: cut } } });
      const seen = await stage.call('streamed', { request: midStream(policy) });
      expect(sawContent(seen)).toBe(true);
      expect(seen.error?.reason).toBe('STREAM_INTERRUPTED');
      const { attempts, asked } = await stage.look(seen);
      // Who has the last turn is a matter of the pauses.
      expect(attempts.map((attempt) => attempt.slice(0, 13)).join()).toMatch(
        /^a INTERRUPTED,b INTERRUPTED,[ab] INTERRUPTED$/,
      );
      expect(asked).toEqual(askedBy(attempts));
    },
  );
});

row('stall', () => {
  breaksInside({ is: 'stalled', after: 5 }, 'PROVIDER_TIMEOUT', { atLeastMs: 290 });
});

row('malformed chunk', () => {
  movesOn({ is: 'malformed', after: 0 }, 'a FAILED PROVIDER_RESPONSE_INVALID');
  breaksInside({ is: 'malformed', after: 5 }, 'PROVIDER_RESPONSE_INVALID');
});

row('missing end', () => {
  it.each([
    ['openai', 'unary'],
    ['openai', 'streamed'],
    ['anthropic', 'unary'],
    ['anthropic', 'streamed'],
  ] as const)(
    'of a stream that is whole otherwise ends the answer at once, with usage: %s, %s',
    async (speaks, mode) => {
      const script = always({ is: 'unended', lacks: 'mark' });
      await using stage = await openStage({
        providers: { a: { speaks, script }, b: healthy },
        config: { execution: { firstContentTimeout: '10s', idleTimeout: '10s' } },
      });
      const seen = await stage.call(mode);
      expect(seen.durationMs).toBeLessThan(2_000);
      await check(stage, seen, {
        answeredBy: 'a',
        attempts: ['a SUCCEEDED'],
        circuits: { a: 'CLOSED 0/1' },
      });
    },
  );

  breaksInside({ is: 'unended', lacks: 'everything' }, 'PROVIDER_UNAVAILABLE', { whole: false });
});

row('429 with Retry-After', () => {
  const twoSeconds = limitsRate({ 'retry-after': '2' });

  it.each(MODES)('moves on, and passes the target over until then: %s', async (mode) => {
    await using stage = await openStage({ providers: { a: first(twoSeconds), b: healthy } });
    await check(stage, await stage.call(mode), {
      answeredBy: 'b',
      attempts: ['a FAILED PROVIDER_RATE_LIMITED 429', 'b SUCCEEDED'],
      circuits: { a: expect.stringMatching(/^CLOSED 0/), b: 'CLOSED 0/1' },
    });
    const { providers } = await stage.gateway.client.admin.listProviders();
    const [cooldown] = providers.find(({ name }) => name === 'a')?.cooldowns ?? [];
    expect(cooldown?.providerModel).toBe('model-1');
    expect(cooldown?.endTime?.getTime()).toBeGreaterThan(Date.now() + 1_000);
    await check(stage, await stage.call(mode), {
      answeredBy: 'b',
      attempts: ['a SKIPPED PROVIDER_RATE_LIMITED', 'b SUCCEEDED'],
      asked: { b: 1 },
      circuits: { a: expect.stringMatching(/^CLOSED 0/), b: 'CLOSED 0/2' },
    });
  });

  it.each([
    ['seconds', () => ({ 'retry-after': '2' }), 2_000],
    ['milliseconds', () => ({ 'retry-after-ms': '400' }), 400],
    ['a date', () => ({ 'retry-after': new Date(Date.now() + 2_000).toUTCString() }), 900],
  ])('is waited out where there is no other target: %s', async (_form, headers, leastMs) => {
    await using stage = await openStage({
      providers: { a: ({ nth }) => (nth === 1 ? limitsRate(headers()) : { is: 'none' }) },
    });
    const seen = await stage.call('streamed');
    const [before, after] = stage.providers.a.served;
    const waitedMs = (after?.at ?? 0) - (before?.at ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(leastMs);
    expect(waitedMs).toBeLessThan(leastMs + 1_500);
    await check(stage, seen, {
      answeredBy: 'a',
      attempts: ['a FAILED PROVIDER_RATE_LIMITED 429', 'a SUCCEEDED'],
      circuits: { a: expect.stringMatching(/^CLOSED 0/) },
    });
  });

  it.each([
    ['the deadline', '2', { timeoutMs: 1_000 }, 2_000],
    ['what a call may wait', '60', {}, 60_000],
  ])('is told at once where it is beyond %s', async (_what, seconds, options, retryAfterMs) => {
    await using stage = await openStage({ providers: { a: always(limitsRate({ 'retry-after': seconds })) } });
    const seen = await stage.call('streamed', { options });
    expect(seen.durationMs).toBeLessThan(500);
    expect(seen.error?.retryAfterMs).toBeGreaterThan(retryAfterMs - 1_000);
    expect(seen.error?.retryAfterMs).toBeLessThanOrEqual(retryAfterMs);
    await check(stage, seen, {
      sees: 'UNAVAILABLE PROVIDER_RATE_LIMITED',
      attempts: ['a FAILED PROVIDER_RATE_LIMITED 429'],
      circuits: { a: expect.stringMatching(/^CLOSED 0/) },
    });
  });
});

row('429 without Retry-After', () => {
  movesOn(limitsRate(), 'a FAILED PROVIDER_RATE_LIMITED 429', {
    circuit: expect.stringMatching(/^CLOSED 0/),
  });

  it('is asked again after a second, where there is no other target', async () => {
    await using stage = await openStage({ providers: { a: first(limitsRate()) } });
    const seen = await stage.call('streamed');
    const [before, after] = stage.providers.a.served;
    const waitedMs = (after?.at ?? 0) - (before?.at ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(900);
    expect(waitedMs).toBeLessThan(2_500);
    expect(verdictOf(seen)).toBe(RIGHT);
  });

  it.each([
    ['alone', []],
    ['with another target', ['b']],
  ])(
    'gets at most 4 attempts in 3 s where it persists: %s',
    async (_title, others) => {
      const limited = always(limitsRate());
      const providers = { a: limited, ...Object.fromEntries(others.map((name) => [name, healthy])) };
      await using stage = await openStage({ providers });
      const until = performance.now() + 3_000;
      const seen: Seen[] = [];
      const keepAsking = async () => {
        while (performance.now() < until)
          seen.push(await stage.call('streamed', { options: { timeoutMs: 3_000 } }));
      };
      await stage.call('streamed', { options: { timeoutMs: 200 } });
      await Promise.all([keepAsking(), keepAsking(), keepAsking()]);
      expect(stage.providers.a.served.filter(({ at }) => at < 3_000).length).toBeLessThanOrEqual(4);
      const verdicts = new Set(seen.map((one) => verdictOf(one)));
      if (others.length > 0) expect([...verdicts]).toEqual([RIGHT]);
      else
        expect([...verdicts].join()).toMatch(
          /^(UNAVAILABLE PROVIDER_RATE_LIMITED|DEADLINE_EXCEEDED \w+|,)+$/,
        );
    },
    30_000,
  );
});

row('500 once', () => {
  it.each(MODES)('is asked again where there is no other target: %s', async (mode) => {
    await using stage = await openStage({ providers: { a: first(fails(500)) } });
    await check(stage, await stage.call(mode), {
      answeredBy: 'a',
      attempts: ['a FAILED PROVIDER_UNAVAILABLE 500', 'a SUCCEEDED'],
      circuits: { a: 'CLOSED 1/2' },
    });
  });

  movesOn(fails(500), 'a FAILED PROVIDER_UNAVAILABLE 500');

  it('everywhere is asked again where its pause is over first', async () => {
    await using stage = await openStage({ providers: { a: first(fails(500)), b: first(fails(500)) } });
    const seen = await stage.call('streamed');
    const { sees, attempts, asked } = await stage.look(seen);
    expect(sees).toBe(RIGHT);
    expect(attempts.join()).toMatch(
      /^a FAILED PROVIDER_UNAVAILABLE 500,b FAILED PROVIDER_UNAVAILABLE 500,[ab] SUCCEEDED$/,
    );
    expect(asked).toEqual(askedBy(attempts));
  });

  failsAlone(fails(500), {
    sees: 'UNAVAILABLE PROVIDER_UNAVAILABLE',
    attempts: Array(3).fill('a FAILED PROVIDER_UNAVAILABLE 500'),
    circuits: { a: 'CLOSED 3/3' },
  });
});

row('503 for a minute and then healthy', () => {
  // A thirtieth of the real times: 60 s, 15 s, 25 s, 30 s.
  const OUTAGE_MS = 2_000;
  const RESET_MS = 500;
  const BACK_WITHIN_MS = 1_000;
  const breaker = { resetTimeout: `${RESET_MS}ms`, maxResetTimeout: '833ms', rollingCountTimeout: '1s' };

  it.each(MODES)(
    'costs the dead provider one probe per reset time, the caller nothing, and ends in time: %s',
    async (mode) => {
      await using stage = await openStage({
        providers: { a: forAWhile(OUTAGE_MS, fails(503)), b: healthy },
        config: { breaker },
      });
      const { a } = stage.providers;
      const startedAt = performance.now();
      const seen: { one: Seen; afterMs: number }[] = [];
      const circuits = new Set<string>();
      while (!a.served.some(({ outcome }) => outcome === 'answered')) {
        expect(performance.now() - startedAt).toBeLessThan(OUTAGE_MS + BACK_WITHIN_MS + 500);
        seen.push({ one: await stage.call(mode), afterMs: performance.now() - startedAt });
        circuits.add((await stage.circuits()).a.replace(/ .*/, ''));
      }
      expect(new Set(seen.map(({ one }) => verdictOf(one)))).toEqual(new Set([RIGHT]));
      const firstAt = a.served[0]?.at ?? 0;
      const failed = a.served.filter(({ at }) => at - firstAt < OUTAGE_MS);
      // Five open it. Then one for each reset time, which grows.
      expect(failed.length).toBeGreaterThan(5);
      expect(failed.length).toBeLessThanOrEqual(5 + Math.ceil(OUTAGE_MS / RESET_MS));
      const back = a.served.find(({ outcome }) => outcome === 'answered');
      expect((back?.at ?? 0) - firstAt).toBeLessThan(OUTAGE_MS + BACK_WITHIN_MS);
      expect(circuits).toContain('OPEN');
      await expect.poll(async () => (await stage.circuits()).a).toMatch(/^CLOSED/);
      expect(seen.some(({ one }) => attemptsOf(one)[0]?.reason === 'CIRCUIT_OPEN')).toBe(true);
      expect(seen.at(-1)?.one.answer?.execution?.provider).toBe('a');
      const { counted } = await stage.look(seen.at(-1)?.one as Seen);
      expect(counted['sluice_circuit_changes_total{provider="a",state="open"}']).toBeGreaterThan(0);
      expect(counted['sluice_circuit_changes_total{provider="a",state="closed"}']).toBe(1);
      expect(counted['sluice_completions_total{ending="STOP",model="m"}']).toBe(seen.length);
    },
    30_000,
  );

  it('is told at once, with the time of the next probe, where there is no other target', async () => {
    await using stage = await openStage({
      providers: { a: always(fails(503)) },
      config: { breaker: { resetTimeout: '15s' }, execution: { maxAttempts: 1 } },
    });
    for (let n = 0; n < 5; n += 1) await stage.call('streamed');
    await stage.look(await stage.call('streamed'));
    const gauge = await scrape(stage.gateway.metricsUrl, ['sluice_circuit_state']);
    expect(gauge.get('sluice_circuit_state{provider="a"}')).toBe(2);
    const seen = await stage.call('streamed');
    expect(seen.durationMs).toBeLessThan(250);
    expect(seen.error?.retryAfterMs).toBeGreaterThan(10_000);
    expect(seen.error?.retryAfterMs).toBeLessThanOrEqual(15_000);
    await check(stage, seen, {
      sees: 'UNAVAILABLE CIRCUIT_OPEN',
      attempts: ['a SKIPPED CIRCUIT_OPEN'],
      asked: {},
      circuits: { a: 'OPEN 5/5' },
    });
  });
});

row('context too long', () => {
  triedOnce(contextTooLong, 'INVALID_ARGUMENT CONTEXT_LENGTH_EXCEEDED');
});

row('content filter', () => {
  triedOnce(contentBlocked, 'FAILED_PRECONDITION CONTENT_BLOCKED');

  it.each(MODES)('that stops an answer is how the answer finished, and no failure: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always({ is: 'filtered', after: 5 }), b: healthy },
    });
    const seen = await stage.call(mode);
    expect(seen.answer?.finishReason).toBe('FINISH_REASON_CONTENT_FILTER');
    expect(seen.answer?.execution?.provider).toBe('a');
    const { attempts, asked, circuits, billed, counted } = await stage.look(seen);
    expect({ attempts, asked, circuits, billed, counted }).toEqual({
      attempts: ['a SUCCEEDED'],
      asked: { a: 1 },
      circuits: { a: 'CLOSED 0/1', b: 'CLOSED 0/0' },
      billed: ['a'],
      counted: countedFor('CONTENT_FILTER', ['a SUCCEEDED']),
    });
  });
});

row('wrong key', () => {
  movesOn(wrongKey, 'a FAILED PROVIDER_CREDENTIALS_REJECTED 401', { circuit: 'CLOSED 0/1' });
  failsAlone(wrongKey, {
    sees: 'INTERNAL PROVIDER_CREDENTIALS_REJECTED',
    attempts: ['a FAILED PROVIDER_CREDENTIALS_REJECTED 401'],
    circuits: { a: 'CLOSED 0/1' },
    comeBack: false,
  });
});

row('HTML page', () => {
  movesOn({ is: 'page', status: 200 }, 'a FAILED PROVIDER_RESPONSE_INVALID');
  movesOn({ is: 'page', status: 502 }, 'a FAILED PROVIDER_UNAVAILABLE 502');
});

row('empty 200', () => {
  movesOn({ is: 'empty' }, 'a FAILED PROVIDER_RESPONSE_INVALID');
});

row('200 with an error inside', () => {
  movesOn(errorInside(0), 'a FAILED PROVIDER_UNAVAILABLE');
  breaksInside(errorInside(5), 'PROVIDER_UNAVAILABLE');
});

row('fallback refuses prefill', () => {
  const cut: Fault = { is: 'cut', after: 5, how: 'closed' };

  it('lets the answer begin again there', async () => {
    await using stage = await openStage({
      providers: { a: always(cut), b: { speaks: 'anthropic', script: always({ is: 'refuses prefill' }) } },
    });
    const seen = await stage.call('streamed', { request: midStream('CONTINUE') });
    expect(stage.providers.b.served.map(({ prefix }) => prefix !== '')).toEqual([true, false]);
    expect(takeOvers(seen)).toEqual(['b begins again']);
    await check(stage, seen, {
      answeredBy: 'b',
      attempts: [
        'a INTERRUPTED PROVIDER_UNAVAILABLE',
        'b FAILED PROVIDER_REJECTED_REQUEST 400',
        'b SUCCEEDED',
      ],
      circuits: { a: 'CLOSED 1/1', b: 'CLOSED 0/2' },
    });
  });

  it('is not tried with a model that takes none', async () => {
    await using stage = await openStage({ providers: { a: always(cut), b: healthy } });
    const seen = await stage.call('streamed', { request: midStream('CONTINUE') });
    expect(stage.providers.b.served.map(({ prefix }) => prefix)).toEqual(['']);
    expect(takeOvers(seen)).toEqual(['b begins again']);
    await check(stage, seen, {
      answeredBy: 'b',
      attempts: ['a INTERRUPTED PROVIDER_UNAVAILABLE', 'b SUCCEEDED'],
      circuits: { a: 'CLOSED 1/1', b: 'CLOSED 0/1' },
    });
  });

  it.each([1, 3])('is no matter where it repeats the last words before it goes on: %i', async (words) => {
    await using stage = await openStage({
      providers: { a: always(cut), b: { speaks: 'anthropic', script: always({ is: 'repeats', words }) } },
    });
    const seen = await stage.call('streamed', { request: midStream('CONTINUE') });
    expect(takeOvers(seen)).toEqual(['b goes on']);
    expect(verdictOf(seen)).toBe(RIGHT);
  });

  it('is no matter to a unary call, which begins again', async () => {
    await using stage = await openStage({
      providers: { a: always(cut), b: { speaks: 'anthropic', script: always({ is: 'refuses prefill' }) } },
    });
    await check(stage, await stage.call('unary', { request: midStream('CONTINUE') }), {
      answeredBy: 'b',
      attempts: ['a INTERRUPTED PROVIDER_UNAVAILABLE', 'b SUCCEEDED'],
      circuits: { a: 'CLOSED 1/1', b: 'CLOSED 0/1' },
    });
  });
});

row('tool call cut', () => {
  cutInside('tool call', { callsTool: true });
});

row('reasoning cut', () => {
  cutInside('reasoning', { reasons: true });
});

row('caller leaves', () => {
  it.each(MODES)('closes the socket to the provider, which is not blamed: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: { script: always({ is: 'stalled', after: 5 }) }, b: healthy },
      config: { execution: { idleTimeout: '10s', responseTimeout: '10s' } },
    });
    const leaving = new AbortController();
    const running = stage.call(mode, { options: { signal: leaving.signal } });
    await expect.poll(() => stage.providers.a.served[0]?.outputTokens).toBe(mode === MODES[1] ? 0 : 5);
    const leftAt = performance.now();
    leaving.abort();
    const seen = await running;
    await expectLeft(stage, leftAt);
    await expect.poll(() => settled(stage)).toBe(1);
    expect(await stage.billedInVain()).toEqual(['a, estimated']);
    const { sees, asked, circuits, counted } = await stage.look(seen);
    expect({ sees, asked, circuits, counted }).toEqual({
      sees: 'CANCELLED CANCELLED',
      asked: { a: 1 },
      circuits: { a: 'CLOSED 0/0', b: 'CLOSED 0/0' },
      counted: countedFor('CANCELLED', ['a CANCELLED CANCELLED']),
    });
  });
});

row("caller's deadline", () => {
  it.each(MODES)('ends the call there, and closes the socket to the provider: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always({ is: 'stalled', after: 5 }), b: healthy },
      config: { execution: { idleTimeout: '10s', responseTimeout: '10s' } },
    });
    const seen = await stage.call(mode, { options: { timeoutMs: 400 } });
    expect(seen.durationMs).toBeGreaterThan(350);
    expect(seen.durationMs).toBeLessThan(900);
    await expectLeft(stage, performance.now());
    await expect.poll(() => settled(stage)).toBe(1);
    expect(await stage.billedInVain()).toEqual(['a, estimated']);
    const { sees, asked, circuits, counted } = await stage.look(seen);
    expect({ sees, asked, circuits, counted }).toEqual({
      sees: 'DEADLINE_EXCEEDED DEADLINE_EXCEEDED',
      asked: { a: 1 },
      circuits: { a: 'CLOSED 0/0', b: 'CLOSED 0/0' },
      counted: countedFor('DEADLINE_EXCEEDED', ['a CANCELLED DEADLINE_EXCEEDED']),
    });
  });
});

row('Redis gone', () => {
  it.each(MODES)('leaves calls as they are, without a cache: %s', async (mode) => {
    await using redis = await startRedis();
    await using stage = await openStage({
      providers: { a: healthy },
      config: { redis: { url: redis.url } },
    });
    const cached = { cache: { mode: 'CACHE_MODE_ENABLED' as const } };
    const ask = () => stage.call(mode, { prompt: 'Say it again.', request: cached });
    await ask();
    await expect.poll(async () => (await ask()).answer?.execution?.cacheStatus).toBe('CACHE_STATUS_HIT');
    await stage.look(await ask());
    await redis.stop();
    const seen = await ask();
    // 50 ms for the cache, and generous room for a busy machine.
    expect(seen.durationMs).toBeLessThan(500);
    expect(seen.answer?.execution?.cacheStatus).toBe('CACHE_STATUS_MISS');
    await check(stage, seen, {
      answeredBy: 'a',
      attempts: ['a SUCCEEDED'],
      circuits: { a: expect.stringMatching(/^CLOSED 0/) },
    });
  });

  it.each([
    ['allow', RIGHT],
    ['deny', 'UNAVAILABLE STORE_UNAVAILABLE'],
  ])('lets calls run that a budget holds, or not, as it says: %s', async (onStoreFailure, sees) => {
    await using redis = await startRedis();
    await using stage = await openStage({
      providers: { a: healthy },
      config: { redis: { url: redis.url }, budgets: [{ amount: 10, per: 'day', onStoreFailure }] },
    });
    const summaries = async () =>
      (await stage.gateway.client.usage.summarizeUsage({}).catch(() => undefined))?.summaries;
    expect(verdictOf(await stage.call('streamed'))).toBe(RIGHT);
    await expect.poll(summaries).toMatchObject([{ callCount: 1 }]);
    await redis.stop();
    const seen = await stage.call('streamed');
    expect(verdictOf(seen)).toBe(sees);
    expect(seen.error === undefined || seen.error.retryAfterMs !== undefined).toBe(true);
    expect(asked(stage)).toEqual({ a: sees === RIGHT ? 2 : 1 });
    await redis.restart();
    // It began empty. The record of the second call has waited for it, also where the call was refused.
    await expect
      .poll(summaries, { timeout: 10_000 })
      .toMatchObject([{ callCount: 1, failedCallCount: sees === RIGHT ? 0 : 1 }]);
  });
});

row('process killed', () => {
  it('charges what its calls had reserved, once their leases have run out', {
    timeout: 120_000,
  }, async () => {
    await using redis = await startRedis();
    await using provider = await startFakeProvider({ script: always({ is: 'stalled', after: 5 }) });
    const amount = 1;
    const file = {
      server: freePorts,
      redis: { url: redis.url },
      providers: { a: provider.config },
      models: { m: { targets: [{ provider: 'a', model: provider.model }] } },
      prices: { [provider.model]: PRICE },
      // A lease is half a minute longer.
      execution: { totalTimeout: '8s' },
      budgets: [{ amount, per: 'day' }],
    };
    await using killed = await startGatewayProcess(file);
    await using other = await startGatewayProcess(file);
    await using client = createClient({ address: await killed.address(), maxAttempts: 1 });
    await using observer = createClient({ address: await other.address() });
    const prompt = 'Hello there.';
    const request = { maxOutputTokens: 100 };
    const running = (['unary', 'streamed'] as const).map((mode) =>
      ask(client, { model: 'm', prompt, mode, request }),
    );
    await expect.poll(() => provider.served.length, { timeout: 8_000 }).toBe(2);
    killed.kill('SIGKILL');
    const seen = await Promise.all(running);
    expect(seen.map(({ error }) => error?.status)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);

    // What they can have cost: no more tokens than bytes, and the frames of two messages.
    const most = (prompt.length + 2 * 16) * INPUT + request.maxOutputTokens * OUTPUT;
    const standing = async () => (await observer.usage.getBudget({})).budgets[0];
    expect(await standing()).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 2 * most });
    await expect
      .poll(standing, { timeout: 65_000, interval: 500 })
      .toMatchObject({ spentNanoUsd: 2 * most, reservedNanoUsd: 0 });
    const { records } = await observer.usage.listUsageRecords({});
    const lost = { status: 'UNKNOWN', cost: { nanoUsd: most, estimated: true } };
    expect(records).toMatchObject([lost, lost]);
  });
});

row('budget spent', () => {
  it.each(MODES)('is told before anybody is asked, with the time when it begins anew: %s', async (mode) => {
    const maxOutputTokens = mode === 'unary, asked for whole' ? 512 : 2_000;
    // Once what a call can cost, but not twice what it does.
    const amount = ((maxOutputTokens + 10) * OUTPUT) / 1e9;
    await using stage = await openStage({
      providers: { a: healthy },
      config: { budgets: [{ amount, per: 'day' }] },
    });
    const request = { maxOutputTokens };
    await check(stage, await stage.call(mode, { request }), {
      answeredBy: 'a',
      attempts: ['a SUCCEEDED'],
      circuits: { a: 'CLOSED 0/1' },
    });
    const seen = await stage.call(mode, { request });
    expect(seen.error?.quotaViolations).toMatchObject([{ subject: 'gateway' }]);
    const untilMidnight = new Date().setUTCHours(24, 0, 0, 0) - Date.now();
    // Or up to a tenth later, so that not all come back at once.
    expect(seen.error?.retryAfterMs).toBeGreaterThan(untilMidnight - 5_000);
    expect(seen.error?.retryAfterMs).toBeLessThan(1.1 * untilMidnight + 5_000);
    await check(stage, seen, {
      sees: 'RESOURCE_EXHAUSTED BUDGET_EXHAUSTED',
      attempts: [],
      circuits: { a: 'CLOSED 0/1' },
    });
  });
});

row('rate limited', () => {
  it.each(MODES)('is told before anybody is asked, with the time of the next call: %s', async (mode) => {
    const apiKey = 'key-of-checkout';
    await using stage = await openStage({
      providers: { a: healthy },
      apiKey,
      config: {
        keys: [
          {
            name: 'checkout',
            sha256: hash('sha256', apiKey),
            admin: true,
            limits: { requestsPerMinute: 1 },
          },
        ],
      },
    });
    await stage.look(await stage.call(mode));
    const seen = await stage.call(mode);
    expect(seen.error?.quotaViolations).toMatchObject([{ subject: 'key:checkout' }]);
    expect(seen.error?.retryAfterMs).toBeGreaterThan(50_000);
    await check(stage, seen, {
      sees: 'RESOURCE_EXHAUSTED CALLER_RATE_LIMITED',
      attempts: [],
      circuits: { a: 'CLOSED 0/1' },
    });
  });
});

row('overload', () => {
  it.each(MODES)('of the gateway is told at once to the calls that it cannot take: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always({ is: 'slow', ms: 600 }), b: healthy },
      config: {
        execution: { firstContentTimeout: '5s', responseTimeout: '5s' },
        server: { maxConcurrency: 4, maxQueueLength: 2, queueTimeout: '50ms' },
      },
    });
    const seen = await Promise.all(Array.from({ length: 16 }, () => stage.call(mode)));
    expect(tally(seen)).toEqual({ [RIGHT]: 4, 'UNAVAILABLE GATEWAY_OVERLOADED': 12 });
    const { asked, counted, circuits } = await stage.look(seen[0] as Seen);
    expect({ asked, counted, circuits }).toEqual({
      asked: { a: 4 },
      counted: {
        'sluice_completions_total{ending="STOP",model="m"}': 4,
        'sluice_completions_total{ending="GATEWAY_OVERLOADED",model="m"}': 12,
        'sluice_attempts_total{outcome="SUCCEEDED",provider="a"}': 4,
      },
      circuits: { a: 'CLOSED 0/4', b: 'CLOSED 0/0' },
    });
    for (const { error, durationMs } of seen) {
      if (!error) continue;
      expect(durationMs).toBeLessThan(500);
      expect(error.retryAfterMs).toBeGreaterThan(0);
      expect(error.attempts).toEqual([]);
      expect(pushbackOf(error)).toBeGreaterThanOrEqual(0);
    }
    expect(verdictOf(await stage.call(mode))).toBe(RIGHT);
  });

  it.each(MODES)('of the only provider is told to the calls that it cannot take: %s', async (mode) => {
    await using stage = await openStage({
      providers: {
        a: {
          script: always({ is: 'slow', ms: 600 }),
          config: { maxConcurrency: 2, maxQueueLength: 1, queueTimeout: '50ms' },
        },
      },
      config: { execution: { firstContentTimeout: '5s', responseTimeout: '5s' } },
    });
    const seen = await Promise.all(Array.from({ length: 8 }, () => stage.call(mode)));
    expect(tally(seen)).toEqual({ [RIGHT]: 2, 'UNAVAILABLE GATEWAY_OVERLOADED': 6 });
    expect(asked(stage)).toEqual({ a: 2 });
    expect(Math.min(...seen.map(({ error }) => error?.retryAfterMs ?? 1))).toBeGreaterThan(0);
    expect((await stage.circuits()).a).toBe('CLOSED 0/2');
  });
});

row('a limit of our own', () => {
  /** One request at once, and one more after twelve seconds. */
  const config = { limits: { requestsPerMinute: 7 } };

  it.each(MODES)('is kept by asking the next target, and nobody is limited: %s', async (mode) => {
    await using stage = await openStage({ providers: { a: { script: healthy, config }, b: healthy } });
    expect((await stage.look(await stage.call(mode))).asked).toEqual({ a: 1 });
    await check(stage, await stage.call(mode), {
      answeredBy: 'b',
      attempts: ['a SKIPPED GATEWAY_OVERLOADED', 'b SUCCEEDED'],
      circuits: { a: 'CLOSED 0/1', b: 'CLOSED 0/1' },
    });
  });

  it.each(MODES)('of the only provider is waited for, as long as its line lets: %s', async (mode) => {
    // Thirteen at once, and then one each 513 ms.
    const config = { limits: { requestsPerMinute: 132 }, queueTimeout: '600ms' };
    await using stage = await openStage({ providers: { a: { script: healthy, config } } });
    const seen = await Promise.all(Array.from({ length: 16 }, () => stage.call(mode)));
    expect(tally(seen)).toEqual({ [RIGHT]: 14, 'UNAVAILABLE GATEWAY_OVERLOADED': 2 });
    expect(asked(stage)).toEqual({ a: 14 });
    for (const { error } of seen) expect(error?.retryAfterMs ?? 1).toBeGreaterThan(0);
  });

  it.each(MODES)(
    'of the only provider that is over too late is told at once, with the time: %s',
    async (mode) => {
      await using stage = await openStage({ providers: { a: { script: healthy, config } } });
      expect(verdictOf(await stage.call(mode))).toBe(RIGHT);
      const { error, durationMs } = await stage.call(mode);
      expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'GATEWAY_OVERLOADED' });
      expect(error?.retryAfterMs).toBeGreaterThan(8_000);
      expect(durationMs).toBeLessThan(500);
      expect(asked(stage)).toEqual({ a: 1 });
    },
  );
});

row('drain', () => {
  it.each(MODES)('lets a running call finish, and takes no new one: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always({ is: 'slow', ms: 200 }) },
      config: {
        server: { drainTimeout: '10s' },
        execution: { firstContentTimeout: '5s', responseTimeout: '5s' },
      },
    });
    const running = stage.call(mode);
    await expect.poll(() => stage.providers.a.served.length).toBe(1);
    const stopped = stage.gateway.stop();
    const late = await stage.call(mode, { options: { timeoutMs: 2_000 } });
    expect(late.error?.status).toBe('UNAVAILABLE');
    expect(verdictOf(await running)).toBe(RIGHT);
    await stopped;
    expect(asked(stage)).toEqual({ a: 1 });
    expect(settled(stage)).toBe(1);
  });

  it.each(MODES)('ends a call that outlives it with an error that says so: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always({ is: 'stalled', after: 5 }) },
      config: {
        server: { drainTimeout: '300ms' },
        execution: { idleTimeout: '10s', responseTimeout: '10s' },
      },
    });
    const running = stage.call(mode);
    await expect.poll(() => stage.providers.a.served.length).toBe(1);
    const stoppedAt = performance.now();
    await stage.gateway.stop();
    const { error } = await running;
    expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'GATEWAY_OVERLOADED' });
    expect(error?.message).toContain('The gateway is stopping');
    await expectLeft(stage, stoppedAt + 300);
    expect(error?.attempts.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual([
      'ATTEMPT_OUTCOME_CANCELLED GATEWAY_OVERLOADED',
    ]);
    expect(settled(stage)).toBe(1);
  });
});

row('everything fails', () => {
  it.each(MODES)('is one error with all attempts and a time to come back: %s', async (mode) => {
    await using stage = await openStage({
      providers: {
        a: always(fails(500)),
        b: always({ is: 'silent' }),
        c: always(limitsRate({ 'retry-after': '20' })),
      },
    });
    const seen = await stage.call(mode);
    // Of those that fail the first that may be well again, whatever the caller is told.
    expect(seen.error?.retryAfterMs).toBeGreaterThan(0);
    expect(seen.error?.retryAfterMs).toBeLessThanOrEqual(20_000);
    await check(stage, seen, {
      sees: 'UNAVAILABLE PROVIDER_RATE_LIMITED',
      attempts: [
        'a FAILED PROVIDER_UNAVAILABLE 500',
        'b FAILED PROVIDER_TIMEOUT',
        'c FAILED PROVIDER_RATE_LIMITED 429',
      ],
      circuits: { a: 'CLOSED 1/1', b: 'CLOSED 1/1', c: expect.stringMatching(/^CLOSED 0/) },
    });
  });

  it.each(MODES)('is told by its most telling reason: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: always(wrongKey), b: always({ is: 'silent' }), c: always(contextTooLong) },
    });
    await check(stage, await stage.call(mode), {
      sees: 'INVALID_ARGUMENT CONTEXT_LENGTH_EXCEEDED',
      attempts: [
        'a FAILED PROVIDER_CREDENTIALS_REJECTED 401',
        'b FAILED PROVIDER_TIMEOUT',
        'c FAILED CONTEXT_LENGTH_EXCEEDED 400',
      ],
      circuits: { a: 'CLOSED 0/1', b: 'CLOSED 1/1', c: 'CLOSED 0/1' },
    });
  });

  it.each(MODES)('is covered by an answer past its time, which says so: %s', async (mode) => {
    await using stage = await openStage({
      providers: { a: ({ nth }) => (nth === 1 ? { is: 'none' } : fails(503)), b: always(fails(503)) },
      config: { cache: { ttl: '50ms', staleTtl: '1h' } },
    });
    const cached = { cache: { mode: 'CACHE_MODE_ENABLED' as const } };
    const ask = () => stage.call(mode, { prompt: 'Say it again.', request: cached });
    expect((await stage.look(await ask())).sees).toBe(RIGHT);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const seen = await ask();
    expect(verdictOf(seen)).toBe(RIGHT);
    expect(seen.answer?.execution?.cacheStatus).toBe('CACHE_STATUS_STALE');
    expect(seen.answer?.warnings.map(({ code }) => code)).toEqual(['ANSWER_STALE']);
    // It was paid for when it was stored.
    expect(seen.answer?.cost).toEqual({ nanoUsd: 0, unpriced: false, estimated: false });
    const { attempts, counted } = await stage.look(seen);
    expect(attempts.length).toBe(3);
    expect(counted).toEqual({
      ...countedFor('STOP', attempts),
      'sluice_cache_stale_answers_total{model="m"}': 1,
    });
  });
});

it('docs/failure-modes.md has a row for each of these, in this order, and for nothing else', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/failure-modes.md'), 'utf8');
  expect([...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)).toEqual(rows);
});

interface Expected {
  /** Default: the right answer. */
  sees?: string;
  answeredBy?: string;
  attempts: string[];
  /** Default: what the attempts say, skipped ones left out. */
  asked?: Record<string, number>;
  /** Of the providers that have anything to tell. */
  circuits: Record<string, string>;
  wishes?: Partial<Wishes>;
}

/** Everything that a row promises of one call, the providers' own count and the metrics included. */
async function check(stage: Stage<string>, seen: Seen, expected: Expected): Promise<void> {
  const { sees = RIGHT, answeredBy = '', attempts, asked = askedBy(attempts), circuits, wishes } = expected;
  const idle = Object.fromEntries(Object.keys(stage.providers).map((name) => [name, 'CLOSED 0/0']));
  const finished = wishes?.callsTool ? 'TOOL_CALLS' : 'STOP';
  expect(await stage.look(seen, wishes)).toEqual({
    sees,
    answeredBy,
    attempts,
    asked,
    circuits: { ...idle, ...circuits },
    billed: billedFor(attempts),
    counted: countedFor(sees === RIGHT ? finished : (sees.split(' ')[1] ?? ''), attempts),
  });
}

/**
 * What the gateway left, since it was silent, may go on at its provider, and what had begun to answer was worth something:
 * both are billed by an estimate. What failed before is not.
 */
function billedFor(attempts: readonly string[]): string[] {
  return attempts.flatMap((attempt) => {
    const [name = '', outcome, reason] = attempt.split(' ');
    if (outcome === 'SUCCEEDED') return [name];
    const isBilled = outcome === 'INTERRUPTED' || reason === 'PROVIDER_TIMEOUT';
    return isBilled ? [`${name}, estimated`] : [];
  });
}

function askedBy(attempts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name = '', outcome] of attempts.map((attempt) => attempt.split(' '))) {
    if (outcome !== 'SKIPPED') counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A fault that shows before the first content: the next target answers, and the caller does not notice. */
function movesOn(
  fault: Fault,
  failed: string,
  { atLeastMs = 0, circuit = 'CLOSED 1/1' }: { atLeastMs?: number; circuit?: string } = {},
): void {
  it.each(MODES)(`moves on unnoticed (${nameOf(fault)}): %s`, async (mode) => {
    await using stage = await openStage({ providers: { a: always(fault), b: healthy } });
    const seen = await stage.call(mode);
    expect(takeOvers(seen)).toEqual([]);
    // The one time-out, and generous room for a busy machine.
    expect(seen.durationMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(seen.durationMs).toBeLessThan(atLeastMs + 1_000);
    await check(stage, seen, {
      answeredBy: 'b',
      attempts: [failed, 'b SUCCEEDED'],
      circuits: { a: circuit, b: 'CLOSED 0/1' },
    });
  });
}

/** A fault of the only target; without one, its port is closed. */
function failsAlone(
  fault: Fault | undefined,
  { comeBack = true, ...expected }: Expected & { comeBack?: boolean },
): void {
  it.each(MODES)('fails with all attempts, where there is no other target: %s', async (mode) => {
    await using stage = await openStage({ providers: { a: fault ? always(fault) : healthy } });
    if (!fault) await stage.providers.a.shut();
    const seen = await stage.call(mode);
    expect(seen.error?.retryAfterMs !== undefined).toBe(comeBack);
    await check(stage, seen, expected);
  });
}

/** A refusal that would be the same everywhere. */
function triedOnce(fault: Fault, sees: string): void {
  it.each(
    MODES.flatMap((mode) => (['openai', 'anthropic'] as const).map((speaks) => [mode, speaks] as const)),
  )('is tried once and reported as such: %s, %s', async (mode, speaks) => {
    await using stage = await openStage({
      providers: { a: { speaks, script: always(fault) }, b: healthy },
    });
    await check(stage, await stage.call(mode), {
      sees,
      attempts: [`a FAILED ${sees.split(' ')[1]} 400`],
      circuits: { a: 'CLOSED 0/1' },
    });
  });
}

/** A fault behind the first content, and what each policy makes of it. */
function breaksInside(
  fault: Fault,
  reason: string,
  { atLeastMs = 0, whole = true }: { atLeastMs?: number; whole?: boolean } = {},
): void {
  const title = nameOf(fault);
  const broken = `a INTERRUPTED ${reason}`;
  const stageOf = () => openStage({ providers: { a: always(fault), b: { speaks: 'anthropic' as const } } });

  it.each(MODES.filter((mode) => mode !== 'streamed' && (whole || mode !== 'unary, asked for whole')))(
    `is not noticed by a unary call, which begins again (${title}): %s`,
    async (mode) => {
      await using stage = await stageOf();
      const seen = await stage.call(mode);
      expect(seen.durationMs).toBeGreaterThanOrEqual(atLeastMs);
      await check(stage, seen, {
        answeredBy: 'b',
        attempts: [mode === 'unary' ? broken : `a FAILED ${reason}`, 'b SUCCEEDED'],
        circuits: { a: 'CLOSED 1/1', b: 'CLOSED 0/1' },
      });
    },
  );

  it(`FAIL ends the stream with an error, never OK (${title})`, async () => {
    await using stage = await stageOf();
    const seen = await stage.call('streamed', { request: midStream('FAIL') });
    expect(sawContent(seen)).toBe(true);
    expect(pushbackOf(seen.error)).toBe(-1);
    await check(stage, seen, {
      sees: 'UNAVAILABLE STREAM_INTERRUPTED',
      attempts: [broken],
      circuits: { a: 'CLOSED 1/1' },
    });
  });

  it.each([
    ['RESTART', 'b begins again'],
    ['CONTINUE', 'b goes on'],
  ] as const)(`%s lets the next target take over: %s (${title})`, async (policy, takeOver) => {
    await using stage = await stageOf();
    const seen = await stage.call('streamed', { request: midStream(policy) });
    expect(takeOvers(seen)).toEqual([takeOver]);
    expect(stage.providers.b.served.map(({ prefix }) => prefix !== '')).toEqual([policy === 'CONTINUE']);
    await check(stage, seen, {
      answeredBy: 'b',
      attempts: [broken, 'b SUCCEEDED'],
      circuits: { a: 'CLOSED 1/1', b: 'CLOSED 0/1' },
    });
  });
}

/** A break inside of what no other model can go on with. */
function cutInside(after: 'tool call' | 'reasoning', wishes: Partial<Wishes>): void {
  const cut: Fault = { is: 'cut', after, how: 'closed' };
  const attempts = ['a INTERRUPTED PROVIDER_UNAVAILABLE', 'b SUCCEEDED'];
  const circuits = { a: 'CLOSED 1/1', b: 'CLOSED 0/1' };
  const stageOf = () => openStage({ providers: { a: always(cut), b: { speaks: 'anthropic' as const } } });

  it('is not noticed by a unary call', async () => {
    await using stage = await stageOf();
    await check(stage, await stage.call('unary', wishes), { answeredBy: 'b', attempts, circuits, wishes });
  });

  it('FAIL ends the stream with an error', async () => {
    await using stage = await stageOf();
    const seen = await stage.call('streamed', { ...wishes, request: midStream('FAIL') });
    expect(verdictOf(seen)).toBe('UNAVAILABLE STREAM_INTERRUPTED');
  });

  it.each(['RESTART', 'CONTINUE'] as const)('%s begins again', async (policy) => {
    await using stage = await stageOf();
    const seen = await stage.call('streamed', { ...wishes, request: midStream(policy) });
    expect(takeOvers(seen)).toEqual(['b begins again']);
    await check(stage, seen, { answeredBy: 'b', attempts, circuits, wishes });
  });
}

function nameOf(fault: Fault): string {
  const details = Object.entries(fault).filter(([key]) => ['when', 'how', 'lacks', 'status'].includes(key));
  return [fault.is, ...details.map(([, value]) => value)].join(', ');
}

/** Who took over in the stream, and how. */
function takeOvers({ events }: Seen): string[] {
  return events.flatMap((event) => {
    if (event.$case !== 'failedOver') return [];
    return [`${event.value.provider} ${event.value.discardPrevious ? 'begins again' : 'goes on'}`];
  });
}

function asked({ providers }: Stage<string>): Record<string, number> {
  const counts = Object.entries(providers).map(([name, { served }]) => [name, served.length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function tally(seen: readonly Seen[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of seen.map((one) => verdictOf(one))) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

/** What the gateway's trailer tells a client's automatic retry. */
function pushbackOf(error: Seen['error']): number | undefined {
  const { metadata } = (error?.cause ?? {}) as { metadata?: { get(name: string): unknown[] } };
  const [value] = metadata?.get('grpc-retry-pushback-ms') ?? [];
  return value === undefined ? undefined : Number(value);
}

/** Calls that were settled, by the one log line that each of them has. */
function settled({ gateway }: Stage<string>): number {
  return gateway.log.filter((line) => /"msg":"completion (finished|failed)"/.test(line)).length;
}

async function expectLeft({ providers }: Stage<string>, since: number): Promise<void> {
  const [served] = providers['a']?.served ?? [];
  await expect.poll(() => served?.outcome, { interval: 5 }).toBe('left');
  expect((served?.endedAt ?? Number.POSITIVE_INFINITY) - since).toBeLessThan(500);
}
