import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Breaker, createBreaker } from '../../../src/routing/breaker.ts';
import { breakerConfig } from '../../support/builders.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

let breaker: Breaker;

beforeEach(() => {
  vi.useFakeTimers();
  breaker = createBreaker({ name: 'p', config: breakerConfig, now: Date.now });
});

afterEach(() => {
  breaker.close();
  vi.useRealTimers();
});

/** opossum hears an outcome through a promise. */
const heard = () => vi.advanceTimersByTimeAsync(0);

async function fail(times: number): Promise<void> {
  for (let n = 0; n < times; n++) breaker.admit().failed(new Error('503'));
  await heard();
}

async function halfOpen(): Promise<void> {
  await fail(5);
  await vi.advanceTimersByTimeAsync(breakerConfig.resetTimeoutMs);
}

describe('a circuit', () => {
  it('stays closed below the volume threshold and opens at it', async () => {
    await fail(4);
    expect(breaker.status().state).toBe('closed');
    await fail(1);
    expect(breaker.status()).toEqual({
      state: 'open',
      nextProbeAt: Date.now() + breakerConfig.resetTimeoutMs,
      attempts: 5,
      failures: 5,
    });
  });

  it('stays closed while half of the attempts or more succeed', async () => {
    for (let n = 0; n < 10; n++) {
      breaker.admit().succeeded();
      breaker.admit().failed(new Error('503'));
      await heard();
    }
    expect(breaker.status().state).toBe('closed');
  });

  it('refuses while open, and says when to come back', async () => {
    await fail(5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(() => breaker.admit()).toThrow(
      expect.objectContaining({
        reason: 'ERROR_REASON_CIRCUIT_OPEN',
        details: expect.objectContaining({ retryAfterMs: 10_000 }),
      }),
    );
  });

  it('lets a single probe through once half open, and closes on its first content', async () => {
    await halfOpen();
    expect(breaker.status().state).toBe('half-open');
    const probe = breaker.admit();
    expect(() => breaker.admit()).toThrow('open');
    probe.showedContent();
    await heard();
    expect(breaker.status().state).toBe('closed');
  });

  it('opens again when the probe fails', async () => {
    await halfOpen();
    breaker.admit().failed(new Error('503'));
    await heard();
    expect(breaker.status().state).toBe('open');
    await vi.advanceTimersByTimeAsync(breakerConfig.maxResetTimeoutMs);
    expect(breaker.status().state).toBe('half-open');
  });

  it('is neither closed nor opened by a probe whose caller leaves: the next call probes in its place', async () => {
    await halfOpen();
    breaker.admit().leave();
    await heard();
    expect(breaker.status().state).toBe('half-open');
    const next = breaker.admit();
    expect(() => breaker.admit()).toThrow('open');
    next.succeeded();
    await heard();
    expect(breaker.status().state).toBe('closed');
  });

  it('counts a stream that breaks after its first content', async () => {
    for (let n = 0; n < 5; n++) {
      const admission = breaker.admit();
      admission.showedContent();
      admission.failed(new Error('reset'));
    }
    await heard();
    expect(breaker.status().state).toBe('open');
  });

  it('counts a probe that shows content and then breaks as both', async () => {
    await halfOpen();
    await vi.advanceTimersByTimeAsync(breakerConfig.rollingCountTimeoutMs);
    const probe = breaker.admit();
    probe.showedContent();
    await heard();
    probe.failed(new Error('reset'));
    await heard();
    expect(breaker.status()).toMatchObject({ state: 'closed', attempts: 2, failures: 1 });
  });

  it('is not closed by an attempt from before it opened', async () => {
    const early = breaker.admit();
    await halfOpen();
    early.succeeded();
    await heard();
    expect(breaker.status().state).toBe('half-open');
    breaker.admit().leave();
    early.failed(new Error('reset'));
    await heard();
    expect(breaker.status().state).toBe('half-open');
  });
});

describe('an outage', () => {
  it('is probed less and less often, up to the limit, and as often as at first after a recovery', async () => {
    await fail(5);
    const waits: number[] = [];
    for (let probe = 0; probe < 4; probe++) {
      const wait = breaker.waitMs();
      waits.push(wait);
      await vi.advanceTimersByTimeAsync(wait);
      breaker.admit().failed(new Error('503'));
      await heard();
    }
    expect(waits).toEqual([15_000, 25_000, 25_000, 25_000]);
    await vi.advanceTimersByTimeAsync(breaker.waitMs());
    breaker.admit().succeeded();
    await heard();
    await vi.advanceTimersByTimeAsync(breakerConfig.rollingCountTimeoutMs);
    await fail(5);
    expect(breaker.waitMs()).toBe(15_000);
  });

  it('is probed again while a probe hangs, and only the latest probe counts', async () => {
    await halfOpen();
    const hanging = breaker.admit();
    await vi.advanceTimersByTimeAsync(breakerConfig.resetTimeoutMs);
    const next = breaker.admit();
    expect(() => breaker.admit()).toThrow('open');
    hanging.failed(new Error('time-out'));
    hanging.leave();
    await heard();
    expect(breaker.status().state).toBe('half-open');
    next.showedContent();
    await heard();
    expect(breaker.status().state).toBe('closed');
  });

  it('is told of, state by state', async () => {
    const states: string[] = [];
    breaker.close();
    breaker = createBreaker({
      name: 'p',
      config: breakerConfig,
      now: Date.now,
      onChange: (state) => states.push(state),
    });
    await halfOpen();
    breaker.admit().succeeded();
    await heard();
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  const seed = testSeed();
  it(`costs one attempt for each reset interval, and is over within 30 s of the recovery (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 20; round++) {
      breaker.close();
      breaker = createBreaker({ name: 'p', config: breakerConfig, now: Date.now });
      const begunAt = Date.now();
      const downMs = 20_000 + random.below(200_000);
      let probesWhileDown = 0;
      let backAt: number | undefined;
      let probing = 0;
      while (backAt === undefined) {
        // Calls come all the time, up to five in a tenth of a second.
        for (let calls = random.below(6); calls > 0; calls--) {
          if (breaker.waitMs() > 0) continue;
          const isProbe = breaker.status().state === 'half-open';
          const admission = breaker.admit();
          if (isProbe) probing += 1;
          const isDown = Date.now() - begunAt < downMs;
          if (isDown && isProbe) probesWhileDown += 1;
          const hangs = random.below(3) === 0;
          const answersAfterMs = isDown && hangs ? 20_000 : random.below(2_000);
          setTimeout(() => {
            if (isProbe) probing -= 1;
            if (isDown) return admission.failed(new Error('503'));
            admission.succeeded();
            backAt ??= Date.now();
          }, answersAfterMs);
        }
        expect(probing).toBeLessThanOrEqual(2);
        await vi.advanceTimersByTimeAsync(100);
      }
      const sinceRecovery = backAt - begunAt - downMs;
      expect(sinceRecovery, `SEED=${seed} round ${round}`).toBeLessThan(30_000);
      const intervals = Math.floor(downMs / breakerConfig.resetTimeoutMs);
      expect(probesWhileDown, `SEED=${seed} round ${round}`).toBeLessThanOrEqual(intervals);
    }
  });
});
