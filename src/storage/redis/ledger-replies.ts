import type { Admitted, BudgetClaim, BudgetStatus, Denial, Entry } from '../../completion/ledger.ts';
import { periodOf } from '../calendar.ts';
import { replyError } from './reply-error.ts';
import type { ScriptReply } from './script.ts';

/** What came of the question for a call, asked at a time: the reply of the scripts `admit` and `extend`. */
export function admittedIn(
  { name, values }: ScriptReply,
  { rates, places, budgets }: Entry,
  at: number,
): Admitted {
  if (name === 'over') return { admitted: false, denials: [] };
  if (name === 'admitted') {
    const standing = values[0] as number[];
    return { admitted: true, budgets: budgets.map((claim, n) => statusOf(standing, 2 * n, claim, at)) };
  }
  const [waits, full, standing] = values as [number[], number[], number[]];
  const denials: Denial[] = [
    ...waits.flatMap((waitUs, n) => {
      const rate = rates[n];
      if (waitUs === 0 || !rate) return [];
      return {
        claim: 'rate' as const,
        rate,
        retryAfterMs: waitUs < 0 ? undefined : Math.ceil(waitUs / 1_000),
      };
    }),
    ...places.filter((_, n) => full[n] === 1).map((place) => ({ claim: 'place' as const, place })),
    ...budgets.flatMap((budget, n) =>
      standing[3 * n + 2] === 1
        ? { claim: 'budget' as const, budget, status: statusOf(standing, 3 * n, budget, at) }
        : [],
    ),
  ];
  return { admitted: false, denials };
}

/** What came of each of the calls that were settled together, an Error where it was refused: the reply of the script `settle`. */
export function settledIn(replies: unknown): (ScriptReply | Error)[] {
  return (replies as [string, ...unknown[]][]).map(([name, ...values]) =>
    name === 'refused' ? replyError(String(values[0])) : { name, values },
  );
}

/**
 * How a budget stands at a time, by the fields `spent` and `reserved` of its key.
 *
 * @throws Error where they are no numbers.
 */
export function statusIn(
  key: string,
  stored: readonly (string | null)[],
  { period }: BudgetClaim,
  at: number,
): BudgetStatus {
  const [spentNanoUsd = 0, reservedNanoUsd = 0] = stored.map((text) => {
    if (text !== null && !/^-?\d+$/.test(text))
      throw new Error(`${key} cannot be read: it holds "${text.slice(0, 100)}"`);
    return Number(text ?? 0);
  });
  return { spentNanoUsd, reservedNanoUsd, resetAt: periodOf(period, at).endsAt };
}

function statusOf(
  standing: readonly number[],
  first: number,
  { period }: BudgetClaim,
  at: number,
): BudgetStatus {
  return {
    spentNanoUsd: standing[first] ?? 0,
    reservedNanoUsd: standing[first + 1] ?? 0,
    resetAt: periodOf(period, at).endsAt,
  };
}
