import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Breaker, createBreaker } from '../../../src/routing/breaker.ts';
import { breakerConfig } from '../../support/builders.ts';

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
