import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConcurrencyLimit } from '../../../src/completion/concurrency-limit.ts';
import { GatewayError, type Reason } from '../../../src/completion/error.ts';
import type { CompleteRequest } from '../../../src/gen/sluice/v1/completion_service.ts';
import type { EmbedRequest } from '../../../src/gen/sluice/v1/embedding_service.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { answer } from '../../../src/routing/answer.ts';
import { providerFull } from '../../../src/routing/enter-provider.ts';
import { isAvailable } from '../../../src/routing/is-available.ts';
import { createProviderRates, type ProviderRates } from '../../../src/routing/provider-rates.ts';
import { estimateTokens } from '../../../src/routing/quote.ts';
import type { Target } from '../../../src/routing/target.ts';
import { createMemoryLedger } from '../../../src/storage/memory/ledger.ts';
import {
  aCall,
  aProvider,
  aRequest,
  aRouting,
  aTarget,
  everything,
  executionConfig,
  facts,
  finished,
  follow,
  silentTelemetry,
  text,
} from '../../support/builders.ts';

const failure = (reason: Reason, retryAfterMs?: number) => new GatewayError(reason, 'no', { retryAfterMs });
const unavailable = failure(ErrorReason.PROVIDER_UNAVAILABLE);

/** A target that fails so many times, with the times at which it was asked. */
function failing(name: string, errors: readonly GatewayError[], said: Partial<Target> = {}) {
  const askedAt: number[] = [];
  const provider = aProvider({
    name,
    play: (_, nth) => {
      askedAt.push(Date.now() - begunAt);
      const error = errors[nth - 1];
      return error ? [error] : [[text(name), finished()]];
    },
  });
  return Object.assign(aTarget(provider, said), { askedAt });
}

const always = (error: GatewayError) => Array<GatewayError>(100).fill(error);
let begunAt = 0;

async function run(
  targets: Target[],
  {
    call = aCall(),
    ...said
  }: Partial<ReturnType<typeof aRouting>> & { call?: ReturnType<typeof aCall> } = {},
) {
  begunAt = Date.now();
  let endedAt = Number.NaN;
  const ended = follow((show) =>
    answer(call, { targets, show, ...aRouting({ random: () => 0.5, ...said }), ...said }).finally(() => {
      endedAt = Date.now() - begunAt;
    }),
  );
  while (Number.isNaN(endedAt)) await vi.advanceTimersByTimeAsync(25);
  const { events, error } = await ended;
  return { events, error, endedAt, attempts: call.attempts };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a target that failed', () => {
  it('is asked again after a backoff with full jitter', async () => {
    const target = failing('a', [unavailable, unavailable]);
    const { error } = await run([target]);
    expect(error).toBeUndefined();
    expect(target.askedAt).toEqual([0, 125, 125 + 250]);
  });

  it('is asked again after all others were asked', async () => {
    const [a, b] = [failing('a', [unavailable]), failing('b', [unavailable])];
    const { attempts } = await run([a, b]);
    expect(attempts.map(({ provider }) => provider)).toEqual(['a', 'b', 'a']);
    expect(a.askedAt).toEqual([0, 125]);
  });

  it('is asked as often as max_attempts says, over all targets', async () => {
    const [a, b] = [failing('a', always(unavailable)), failing('b', always(unavailable))];
    const call = aCall({ request: aRequest({ execution: { maxAttempts: 5 } }) });
    const { attempts, error } = await run([a, b], { call });
    expect(attempts.map(({ provider }) => provider).join('')).toBe('ababa');
    expect(error).toMatchObject({
      reason: ErrorReason.PROVIDER_UNAVAILABLE,
      details: { retryAfterMs: 1_000 },
    });
  });

  it('is waited for as long as it says', async () => {
    const target = failing('a', [failure(ErrorReason.PROVIDER_UNAVAILABLE, 3_000)]);
    await run([target]);
    expect(target.askedAt).toEqual([0, 3_125]);
  });

  it.each([
    ErrorReason.PROVIDER_TIMEOUT,
    ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    ErrorReason.MODEL_NOT_FOUND,
    ErrorReason.CONTEXT_LENGTH_EXCEEDED,
    ErrorReason.CONTENT_BLOCKED,
    ErrorReason.PROVIDER_REJECTED_REQUEST,
  ])('is not asked again after %s', async (reason) => {
    const target = failing('a', always(failure(reason)));
    const { error, endedAt } = await run([target]);
    expect(target.askedAt).toEqual([0]);
    expect(error).toMatchObject({ reason });
    expect(endedAt).toBe(0);
  });

  it('is not asked again where its wait would outlast the deadline: the call ends at once', async () => {
    const target = failing('a', always(failure(ErrorReason.PROVIDER_RATE_LIMITED, 2_000)));
    const { error, endedAt } = await run([target], { call: aCall({ deadline: Date.now() + 1_900 }) });
    expect(endedAt).toBe(0);
    expect(error).toMatchObject({
      reason: ErrorReason.PROVIDER_RATE_LIMITED,
      details: { retryAfterMs: 2_000 },
    });
  });

  it('is not waited for longer than maxRetryDelay in all', async () => {
    const execution = { ...executionConfig, maxRetryDelayMs: 5_000, maxAttempts: 10 };
    const target = failing('a', always(failure(ErrorReason.PROVIDER_UNAVAILABLE, 2_000)), { execution });
    const { endedAt } = await run([target]);
    expect(target.askedAt).toEqual([0, 2_125, 4_375]);
    expect(endedAt).toBe(4_375);
  });

  it('is not asked again by a call that has ended', async () => {
    const target = failing('a', always(unavailable));
    const call = aCall();
    setTimeout(() => call.abort.abort(failure(ErrorReason.CANCELLED)), 50);
    const { error, endedAt } = await run([target], { call });
    expect(error).toMatchObject({ reason: ErrorReason.CANCELLED });
    expect([target.askedAt, endedAt]).toEqual([[0], 50]);
  });

  it('is not asked again once the process has used up its retries, and that is told', async () => {
    const denied: string[] = [];
    const telemetry = { ...silentTelemetry(), retryDenied: (provider: string) => denied.push(provider) };
    const retryBudget = { firstAttempt() {}, take: () => false };
    const target = failing('a', always(unavailable));
    const { attempts } = await run([target], { call: aCall({ telemetry }), retryBudget });
    expect(attempts).toHaveLength(1);
    expect(denied).toEqual(['a']);
  });

  it('does not use up a retry where another provider is asked in its place', async () => {
    const take = vi.fn(() => true);
    await run([failing('a', always(unavailable)), failing('b', [])], {
      retryBudget: { firstAttempt() {}, take },
    });
    expect(take).not.toHaveBeenCalled();
  });
});

describe('a rate limit', () => {
  it('is waited out where no other target is left', async () => {
    const target = failing('a', [failure(ErrorReason.PROVIDER_RATE_LIMITED, 2_000)]);
    const { error } = await run([target]);
    expect(error).toBeUndefined();
    expect(target.askedAt).toEqual([0, 2_125]);
  });

  it('sends the call to the next target at once', async () => {
    const [a, b] = [failing('a', [failure(ErrorReason.PROVIDER_RATE_LIMITED, 2_000)]), failing('b', [])];
    const { endedAt } = await run([a, b]);
    expect([a.askedAt, b.askedAt, endedAt]).toEqual([[0], [0], 0]);
  });

  it('lets at most 4 attempts through in 3 s, however many calls come', async () => {
    const target = failing('a', always(failure(ErrorReason.PROVIDER_RATE_LIMITED)));
    begunAt = Date.now();
    for (let n = 0; n < 300; n++) {
      void follow((show) => answer(aCall(), { targets: [target], show, ...aRouting() }));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(target.askedAt.filter((at) => at < 3_000).length).toBeLessThanOrEqual(4);
    await vi.advanceTimersByTimeAsync(60_000);
  });

  it('keeps other calls away until its time is over, and does not open the circuit', async () => {
    const target = failing('a', [failure(ErrorReason.PROVIDER_RATE_LIMITED, 30_000)]);
    await run([target]);
    const { attempts, error } = await run([target], { call: aCall() });
    expect(attempts).toMatchObject([{ outcome: 'ATTEMPT_OUTCOME_SKIPPED', reason: 'PROVIDER_RATE_LIMITED' }]);
    expect(error).toMatchObject({ reason: ErrorReason.PROVIDER_RATE_LIMITED });
    expect(target.breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
  });
});

describe('a target is passed over', () => {
  const blind = { ...everything, imageInput: false };
  const image = {
    mediaType: 'image/png',
    name: '',
    source: { $case: 'data' as const, value: Buffer.from('x') },
  };
  const withImage = () =>
    aCall({
      request: aRequest({
        messages: [{ role: 'ROLE_USER', parts: [{ part: { $case: 'image', value: image } }] }],
      }),
    });

  it('where it cannot honour the request, which costs no attempt', async () => {
    const seeing = failing('b', []);
    const provider = aProvider({ name: 'blind', capabilities: blind, play: () => [] });
    const { attempts, error } = await run([aTarget(provider), seeing], { call: withImage() });
    expect(error).toBeUndefined();
    expect(provider.calls).toHaveLength(0);
    expect(attempts).toMatchObject([
      { provider: 'blind', outcome: 'ATTEMPT_OUTCOME_SKIPPED', reason: 'UNSUPPORTED_PARAMETER' },
      { provider: 'b', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' },
    ]);
  });

  it('without a word to the caller about that, where another one could but failed', async () => {
    const blindOne = aTarget(aProvider({ name: 'blind', capabilities: blind, play: () => [] }));
    const { error } = await run([blindOne, failing('b', always(unavailable))], { call: withImage() });
    expect(error).toMatchObject({ reason: ErrorReason.PROVIDER_UNAVAILABLE });
  });

  const ofSize = (contextWindow: number) => ({ facts: () => facts({ contextWindow }) });
  const long = () => aCall({ request: aRequest({ prompt: 'word '.repeat(1_000) }) });

  it('where the request looks too long for it', async () => {
    const [small, large] = [failing('small', [], ofSize(100)), failing('large', [], ofSize(1_000_000))];
    const { attempts } = await run([small, large], { call: long() });
    expect(small.askedAt).toEqual([]);
    expect(attempts).toMatchObject([
      { provider: 'small', outcome: 'ATTEMPT_OUTCOME_SKIPPED', reason: 'CONTEXT_LENGTH_EXCEEDED' },
      { provider: 'large', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' },
    ]);
  });

  it('for its length not where all are, since that is an estimate', async () => {
    const small = failing('small', [], ofSize(100));
    const alike = aTarget(small.provider, { model: 'model-2', ...ofSize(100) });
    const { error } = await run([small, alike], { call: long() });
    expect(error).toBeUndefined();
    expect(small.askedAt).toEqual([0]);
  });

  it('for its length also after one that is long enough has failed', async () => {
    const [small, large] = [
      failing('small', [], ofSize(100)),
      failing('large', always(unavailable), ofSize(1_000_000)),
    ];
    const { error } = await run([small, large], { call: long() });
    expect(small.askedAt).toEqual([]);
    expect(error).toMatchObject({ reason: ErrorReason.PROVIDER_UNAVAILABLE });
  });
});

describe('a provider with as many calls as it may have', () => {
  const full = (queueTimeoutMs: number) => {
    const config = { maxConcurrency: 1, maxQueueLength: 1, queueTimeoutMs };
    const places = createConcurrencyLimit({ config, refuse: () => providerFull('a'), now: Date.now });
    places.tryEnter();
    return places;
  };

  it('is left for the next target without a wait', async () => {
    const [a, b] = [failing('a', [], { places: full(1_000) }), failing('b', [])];
    const { endedAt, attempts } = await run([a, b]);
    expect([a.askedAt, b.askedAt, endedAt]).toEqual([[], [0], 0]);
    expect(attempts[0]).toMatchObject({ outcome: 'ATTEMPT_OUTCOME_SKIPPED', reason: 'GATEWAY_OVERLOADED' });
  });

  it('is waited for in line where no other target answers', async () => {
    const places = full(1_000);
    const [a, b] = [
      failing('a', [], { places }),
      failing('b', always(failure(ErrorReason.PROVIDER_TIMEOUT))),
    ];
    setTimeout(() => places.leave(), 400);
    const { error } = await run([a, b]);
    expect(error).toBeUndefined();
    expect(a.askedAt).toEqual([400]);
    expect(places.status()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it('refuses what waits too long', async () => {
    const { error, endedAt } = await run([failing('a', [], { places: full(1_000) })]);
    expect(error).toMatchObject({ reason: ErrorReason.GATEWAY_OVERLOADED, details: { retryAfterMs: 1_000 } });
    expect(endedAt).toBe(1_000);
  });
});

/** What {@link aRequest} takes by an estimate. */
const ESTIMATE = estimateTokens(aRequest());

describe('a provider that is asked for as much as its limits allow', () => {
  const ledger = () =>
    createMemoryLedger({ usage: { retentionMs: 86_400_000, maxRecords: 1 }, now: Date.now });

  /** A limit that lets one more pass after so many milliseconds. */
  async function reached(intervalMs: number, queueTimeoutMs = 1_000) {
    const shared = ledger();
    const limits = { tokensPerMinute: 101_666, maxQueueLength: 10, queueTimeoutMs };
    const rates = createProviderRates({
      provider: 'a',
      limits,
      shared,
      local: shared,
      unreachable() {},
      now: Date.now,
    });
    // Of 10,166 that may come at once and 90,000 that refill in a minute.
    await rates.take(10_166 - ESTIMATE + intervalMs * 1.5, nobodyWaits);
    return rates;
  }

  const nobodyWaits = { mayQueue: false, signal: new AbortController().signal, leftMs: 1_000 };
  const used = (rates: ProviderRates, tokens: number) =>
    Promise.resolve(rates.take(tokens, nobodyWaits)).then(
      () => 'free',
      () => 'used',
    );

  it('is left for the next target without a wait', async () => {
    const [a, b] = [failing('a', [], { rates: await reached(400) }), failing('b', [])];
    const { endedAt, attempts } = await run([a, b]);
    expect([a.askedAt, b.askedAt, endedAt]).toEqual([[], [0], 0]);
    expect(attempts[0]).toMatchObject({ outcome: 'ATTEMPT_OUTCOME_SKIPPED', reason: 'GATEWAY_OVERLOADED' });
  });

  it('is waited for in line where no other target answers', async () => {
    const [a, b] = [
      failing('a', [], { rates: await reached(400) }),
      failing('b', always(failure(ErrorReason.PROVIDER_TIMEOUT))),
    ];
    const { error } = await run([a, b]);
    expect(error).toBeUndefined();
    expect(a.askedAt).toEqual([400]);
  });

  it('is not waited for beyond its line, and the caller is told when to come back', async () => {
    const { error, endedAt, attempts } = await run([failing('a', [], { rates: await reached(1_500) })]);
    expect(error).toMatchObject({ reason: ErrorReason.GATEWAY_OVERLOADED, details: { retryAfterMs: 1_500 } });
    expect(endedAt).toBe(0);
    expect(attempts).toMatchObject([{ provider: 'a', outcome: 'ATTEMPT_OUTCOME_SKIPPED' }]);
  });

  it("is not waited for beyond the caller's deadline", async () => {
    const call = aCall({ deadline: Date.now() + 300 });
    const { error } = await run([failing('a', [], { rates: await reached(400) })], { call });
    expect(error).toMatchObject({ reason: ErrorReason.GATEWAY_OVERLOADED, details: { retryAfterMs: 400 } });
  });

  it('comes last where it is known to be, as far as a strategy chooses', async () => {
    const target = failing('a', [], { rates: await reached(400) });
    expect(isAvailable(target, aRequest())).toBe(true);
    await run([target, failing('b', [])]);
    expect(isAvailable(target, aRequest())).toBe(false);
    await vi.advanceTimersByTimeAsync(400);
    expect(isAvailable(target, aRequest())).toBe(true);
  });

  it('has the truth counted once an attempt is over, whether it answered or not', async () => {
    const rates = await reached(0);
    await run([failing('a', [], { rates })]);
    // The answer used what aUsage says, a few tokens.
    expect(await used(rates, 400)).toBe('free');
    const refused = await reached(0);
    await run([failing('a', [failure(ErrorReason.PROVIDER_TIMEOUT)], { rates: refused })]);
    expect(await used(refused, 400)).toBe('free');
  });

  it('has back what was taken for an attempt that its circuit did not allow', async () => {
    const rates = await reached(0);
    const target = failing('a', [], { rates });
    target.cooldowns.limited(target.model, 60_000);
    await run([target]);
    expect(target.askedAt).toEqual([]);
    expect(await used(rates, ESTIMATE)).toBe('free');
  });
});

describe('one more attempt after others', () => {
  it('is covered by what it really asks: what was said before is input to it', async () => {
    const covered: (CompleteRequest | EmbedRequest)[] = [];
    const cover = async (request: CompleteRequest | EmbedRequest) => void covered.push(request);
    const broken = aProvider({ name: 'a', play: () => [[text('Once upon')], unavailable] });
    const execution = { ...executionConfig, midStream: 'continue' as const };
    const call = aCall({ cover });
    const { error } = await run([aTarget(broken, { execution }), failing('b', [])], { call });
    expect(error).toBeUndefined();
    expect(covered).toHaveLength(1);
    const { messages } = covered[0] as CompleteRequest;
    expect(messages.at(-1)?.parts).toMatchObject([{ part: { value: 'Once upon' } }]);
  });

  it('is not made where it is not covered', async () => {
    const exhausted = failure(ErrorReason.BUDGET_EXHAUSTED);
    const target = failing('a', [unavailable]);
    const { error } = await run([target], { call: aCall({ cover: () => Promise.reject(exhausted) }) });
    expect(target.askedAt).toEqual([0]);
    expect(error).toMatchObject({ reason: ErrorReason.BUDGET_EXHAUSTED });
  });
});

it('a call whose deadline leaves no time asks nobody', async () => {
  const target = failing('a', []);
  const { error, attempts } = await run([target], { call: aCall({ deadline: Date.now() + 5 }) });
  expect(error).toMatchObject({ reason: ErrorReason.DEADLINE_EXCEEDED });
  expect([target.askedAt, attempts]).toEqual([[], []]);
});
