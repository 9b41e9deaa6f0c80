import { describe, expect, it } from 'vitest';
import type { ProviderConfig } from '../../../src/config/config.ts';
import { createUpstreams } from '../../../src/engine/upstreams.ts';
import { createMemoryLedger } from '../../../src/storage/memory/ledger.ts';
import { providerConfig } from '../../wire/provider-config.ts';

const config = providerConfig('openai', 'http://127.0.0.1:1/v1');

const usage = { retentionMs: 86_400_000, maxRecords: 1 };

function aPool() {
  const ledger = createMemoryLedger({ usage, now: Date.now });
  return createUpstreams({
    rates: { shared: ledger, local: ledger, unreachable() {} },
    now: Date.now,
    neverBack: Date.now,
    onCircuit() {},
    onCloseFailed(_, error) {
      throw error;
    },
  });
}

describe('the open providers', () => {
  it.each<[string, Partial<ProviderConfig>]>([
    ['nothing', {}],
    ['its time limits', { execution: { idleTimeoutMs: 1 } }],
  ])('are the same where %s is said otherwise', async (_, said) => {
    const pool = aPool();
    const first = await pool.hold(config, 5_000);
    expect((await pool.hold({ ...config, ...said }, 5_000)).upstream).toBe(first.upstream);
    await pool.close();
  });

  it.each<[string, Partial<ProviderConfig>, number]>([
    ['the key', { apiKey: 'another-key' }, 5_000],
    ['the address', { baseUrl: 'http://127.0.0.1:2/v1' }, 5_000],
    ['the breaker', { breaker: { ...config.breaker, volumeThreshold: 1 } }, 5_000],
    ['the limit', { concurrency: { maxConcurrency: 1, maxQueueLength: 1, queueTimeoutMs: 1 } }, 5_000],
    ['the name', { name: 'other' }, 5_000],
    ['the time to connect', {}, 6_000],
  ])('are others where %s is', async (_, said, connectTimeoutMs) => {
    const pool = aPool();
    const first = await pool.hold(config, 5_000);
    const other = await pool.hold({ ...config, ...said }, connectTimeoutMs);
    expect(other.upstream).not.toBe(first.upstream);
    expect(other.upstream.breaker).not.toBe(first.upstream.breaker);
    await pool.close();
  });

  it('are open until the last one who holds them has let go', async () => {
    const pool = aPool();
    const holds = [await pool.hold(config, 5_000), await pool.hold(config, 5_000)];
    const upstream = holds[0]?.upstream;
    holds[0]?.[Symbol.dispose]();
    const third = await pool.hold(config, 5_000);
    expect(third.upstream).toBe(upstream);
    holds[1]?.[Symbol.dispose]();
    third[Symbol.dispose]();
    expect((await pool.hold(config, 5_000)).upstream).not.toBe(upstream);
    await pool.close();
  });

  it('can be let go after they were closed, as calls do that outlive a stop', async () => {
    const pool = aPool();
    const held = await pool.hold(config, 5_000);
    await pool.close();
    held[Symbol.dispose]();
    await pool.close();
  });
});
