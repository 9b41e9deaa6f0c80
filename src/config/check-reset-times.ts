import type { z } from 'zod';
import { defaultBreaker } from './defaults.ts';

interface ResetTimes {
  /** Milliseconds; whatever else is there where it is faulty by itself. */
  resetTimeout?: unknown;
  /** Milliseconds; whatever else is there where it is faulty by itself. */
  maxResetTimeout?: unknown;
}

/**
 * A circuit's open time grows from `resetTimeout` to `maxResetTimeout`. To say a limit below where it begins is a
 * contradiction; to say a beginning above a limit that holds for all, or by default, moves the limit.
 */
export function checkResetTimes(
  said: { breaker?: ResetTimes; providers?: Record<string, { breaker?: ResetTimes }> },
  context: z.core.$RefinementCtx,
): void {
  const byDefault = { resetTimeout: defaultBreaker.resetTimeoutMs };
  check(['breaker'], said.breaker, byDefault);
  for (const [name, provider] of Object.entries(said.providers ?? {}))
    check(['providers', name, 'breaker'], provider?.breaker, { ...byDefault, ...said.breaker });

  function check(path: readonly string[], own: ResetTimes | undefined, general: ResetTimes): void {
    const { resetTimeout } = { ...general, ...own };
    const limit = own?.maxResetTimeout;
    if (typeof limit !== 'number' || typeof resetTimeout !== 'number' || limit >= resetTimeout) return;
    const message = `it is below resetTimeout; expected ${resetTimeout}ms or more, or a lower resetTimeout.`;
    context.addIssue({ code: 'custom', path: [...path, 'maxResetTimeout'], message });
  }
}
