import { describe, expect, it } from 'vitest';
import { CacheStatus } from '../../../src/gen/sluice/v1/execution.ts';
import { addCounts, linesOf, noCounts } from '../../../src/storage/usage-lines.ts';
import { aRecord } from '../../contract/support/an-entry.ts';

const billed = (provider: string, inputTokens: number, outputTokens: number, nanoUsd: number) => ({
  provider,
  usage: { inputTokens, outputTokens },
  cost: { nanoUsd },
});

describe('the lines of a record', () => {
  it('are one where one provider was asked', () => {
    const record = aRecord({
      endUser: '42',
      usage: { inputTokens: 7, outputTokens: 3 },
      cost: { nanoUsd: 100 },
      status: 'CANCELLED',
    });
    expect(linesOf(record)).toEqual([
      {
        key: 'checkout',
        provider: 'openai',
        model: 'fast',
        endUser: '42',
        counts: {
          callCount: 1,
          failedCallCount: 1,
          cachedCallCount: 0,
          inputTokens: 7,
          outputTokens: 3,
          costNanoUsd: 100,
          savedNanoUsd: 0,
        },
      },
    ]);
  });

  it('give other providers their attempts, and leave the provider’s own where they are', () => {
    const record = aRecord({
      usage: { inputTokens: 100, outputTokens: 40 },
      cost: { nanoUsd: 1_000 },
      billedAttempts: [
        billed('anthropic', 20, 1, 200),
        billed('openai', 30, 2, 300),
        billed('google', 5, 0, 50),
        billed('anthropic', 10, 1, 100),
      ],
    });
    const lines = linesOf(record);
    expect(lines.map(({ provider, model }) => [provider, model])).toEqual([
      ['openai', 'fast'],
      ['anthropic', 'fast'],
      ['google', 'fast'],
    ]);
    expect(lines.map(({ counts }) => [counts.callCount, counts.inputTokens, counts.costNanoUsd])).toEqual([
      [1, 65, 650],
      [0, 30, 300],
      [0, 5, 50],
    ]);
    const sum = noCounts();
    for (const { counts } of lines) addCounts(sum, counts);
    expect(sum).toEqual({
      ...noCounts(),
      callCount: 1,
      inputTokens: 100,
      outputTokens: 40,
      costNanoUsd: 1_000,
    });
  });

  it('split a call that nobody answered, whose provider is nobody', () => {
    const record = aRecord({
      provider: '',
      status: 'UNAVAILABLE',
      usage: { inputTokens: 20, outputTokens: 1 },
      cost: { nanoUsd: 200 },
      billedAttempts: [billed('anthropic', 20, 1, 200)],
    });
    expect(
      linesOf(record).map(({ provider, counts }) => [provider, counts.callCount, counts.costNanoUsd]),
    ).toEqual([
      ['', 1, 0],
      ['anthropic', 0, 200],
    ]);
  });

  it.each([
    [CacheStatus.HIT, 1],
    [CacheStatus.STALE, 1],
    [CacheStatus.MISS, 0],
    [CacheStatus.BYPASS, 0],
  ])('count %s as %i cached', (cacheStatus, cached) => {
    const [line] = linesOf(aRecord({ cacheStatus, savedNanoUsd: 9 }));
    expect(line?.counts).toMatchObject({ cachedCallCount: cached, savedNanoUsd: 9 });
  });
});
