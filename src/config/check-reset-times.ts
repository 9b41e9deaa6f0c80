import type { z } from 'zod';
import { defaultBreaker } from './defaults.ts';

interface ResetTimes {
  /** Milliseconds; whatever else is there where it is faulty by itself. */
  resetTimeout?: unknown;
  /** Milliseconds; whatever else is there where it is faulty by itself. */
  maxResetTimeout?: unknown;
}

/**
 * A circuit's open time grows from `resetTimeout` to `maxResetTimeout`, so that the second may not be below the first.
 * A provider that says one of them is measured with the other as it holds for all.
 */
export function checkResetTimes(
  said: { breaker?: ResetTimes; providers?: Record<string, { breaker?: ResetTimes }> },
  context: z.core.$RefinementCtx,
): void {
  const byDefault = { resetTimeout: defaultBreaker.resetTimeoutMs };
  check(said.breaker, byDefault, ['breaker']);
  for (const [name, provider] of Object.entries(said.providers ?? {}))
    check(provider?.breaker, { ...byDefault, ...said.breaker }, ['providers', name, 'breaker']);

  function check(own: ResetTimes | undefined, general: ResetTimes, path: readonly string[]): void {
    const { resetTimeout: first, maxResetTimeout: last } = { ...general, ...own };
    if (typeof first !== 'number' || typeof last !== 'number' || first <= last) return;
    if (isSaid(own, 'maxResetTimeout'))
      refuse(
        'maxResetTimeout',
        `it is below resetTimeout; expected ${first}ms or more, or a lower resetTimeout.`,
      );
    else if (isSaid(own, 'resetTimeout'))
      refuse(
        'resetTimeout',
        `it is above maxResetTimeout; expected ${last}ms or less, or a higher maxResetTimeout.`,
      );

    function refuse(key: keyof ResetTimes, message: string): void {
      context.addIssue({ code: 'custom', path: [...path, key], message });
    }
  }
}

function isSaid(own: ResetTimes | undefined, key: keyof ResetTimes): boolean {
  return typeof own === 'object' && own !== null && key in own;
}
