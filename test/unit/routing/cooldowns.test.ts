import { beforeEach, describe, expect, it } from 'vitest';
import { type Cooldowns, createCooldowns } from '../../../src/routing/cooldowns.ts';

let now = 0;
let cooldowns: Cooldowns;

beforeEach(() => {
  now = 1_000_000;
  cooldowns = createCooldowns({ provider: 'p', maxMs: 25_000, now: () => now });
});

describe('a model whose rate a provider limits', () => {
  it('is left alone for as long as the provider says, and no other model with it', () => {
    cooldowns.limited('m', 2_000);
    expect(() => cooldowns.admit('m')).toThrow(
      expect.objectContaining({
        reason: 'ERROR_REASON_PROVIDER_RATE_LIMITED',
        details: expect.objectContaining({ retryAfterMs: 2_000, metadata: { provider: 'p', model: 'm' } }),
      }),
    );
    expect(cooldowns.admit('other')).toBeUndefined();
    expect(cooldowns.list()).toEqual([{ model: 'm', until: now + 2_000 }]);
    now += 2_000;
    expect(cooldowns.waitMs('m')).toBe(0);
  });

  it('is left alone longer and longer where the provider does not say, up to a limit', () => {
    const waits = Array.from({ length: 7 }, () => {
      cooldowns.limited('m', undefined);
      const wait = cooldowns.waitMs('m');
      now += wait;
      return wait;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 25_000, 25_000]);
  });

  it('is given more time than was said where that did not help', () => {
    cooldowns.limited('m', 500);
    now += 500;
    cooldowns.limited('m', 500);
    expect(cooldowns.waitMs('m')).toBe(2_000);
  });

  it('is not held against twice what was on its way together', () => {
    cooldowns.limited('m', undefined);
    now += 10;
    cooldowns.limited('m', undefined);
    expect(cooldowns.waitMs('m')).toBe(1_000);
  });

  it('is probed by one attempt, and is open to all once that is accepted', () => {
    cooldowns.limited('m', 1_000);
    now += 1_000;
    const probe = cooldowns.admit('m');
    expect(() => cooldowns.admit('m')).toThrow();
    probe?.accepted();
    expect(cooldowns.admit('m')).toBeUndefined();
    expect(cooldowns.list()).toEqual([]);
  });

  it('is probed by the next attempt where a probe proved nothing, or hangs', () => {
    cooldowns.limited('m', 1_000);
    now += 1_000;
    cooldowns.admit('m')?.leave();
    const hanging = cooldowns.admit('m');
    expect(() => cooldowns.admit('m')).toThrow();
    now += 5_000;
    const next = cooldowns.admit('m');
    expect(next).toBeDefined();
    // Its word is too late to count.
    hanging?.accepted();
    expect(() => cooldowns.admit('m')).toThrow();
    next?.accepted();
    expect(cooldowns.admit('m')).toBeUndefined();
  });

  it('is forgotten for others where callers make up names', () => {
    for (let n = 0; n < 3_000; n++) cooldowns.limited(`m${n}`, 60_000);
    expect(cooldowns.list()).toHaveLength(1_000);
  });
});
