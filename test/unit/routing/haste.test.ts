import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer } from '../../../src/routing/answer.ts';
import {
  aCall,
  aProvider,
  aRequest,
  aRouting,
  aTarget,
  executionConfig,
  follow,
  text,
} from '../../support/builders.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the circuit says after ten calls that met a silent provider, each with this limit of its own. */
async function circuitAfter(
  limit: 'firstContentTimeout' | 'idleTimeout' | 'responseTimeout',
  seconds: number | undefined,
): Promise<string> {
  const begins = limit === 'idleTimeout';
  const target = aTarget(aProvider({ play: () => (begins ? [[text('Half')], 'hang'] : ['hang']) }), {
    execution: {
      ...executionConfig,
      firstContentTimeoutMs: 20_000,
      responseTimeoutMs: 20_000,
      maxAttempts: 1,
    },
  });
  const execution = seconds === undefined ? {} : { [limit]: { seconds, nanos: 0 } };
  const isWhole = limit === 'responseTimeout';
  for (let n = 0; n < 10; n++) {
    const request = aRequest({ execution, ...(isWhole && { maxOutputTokens: 10 }) });
    void follow((show) =>
      answer(aCall({ streamed: !isWhole, request }), { targets: [target], show, ...aRouting() }),
    );
  }
  await vi.advanceTimersByTimeAsync(21_000);
  const { state } = target.breaker.status();
  target.breaker.close();
  return state;
}

describe.each(['firstContentTimeout', 'idleTimeout', 'responseTimeout'] as const)(
  'a call with its own %s',
  (limit) => {
    it('opens no circuit by a time-out that came before the provider’s own', async () => {
      expect(await circuitAfter(limit, 1)).toBe('closed');
    });

    it('opens it by the provider’s own, and by a longer one', async () => {
      expect(await circuitAfter(limit, undefined)).toBe('open');
      expect(await circuitAfter(limit, 20)).toBe('open');
    });
  },
);
