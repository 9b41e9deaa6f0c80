import { BudgetPeriod } from '../gen/sluice/v1/usage_service.ts';

export const DAY_MS = 86_400_000;

/** The UTC day of a time, such as `2026-11-27`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** When the UTC day of a time begins: the time of Unix has no leap seconds. */
export function startOfDay(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

/** One day or month of the calendar. */
export interface Period {
  /** Such as `2026-11-27`, or `2026-11`. */
  name: string;
  /** When the next one begins, in milliseconds since the epoch. */
  endsAt: number;
}

/** The period of a budget in which a time lies. */
export function periodOf(period: BudgetPeriod, time: number): Period {
  const day = dayOf(time);
  if (period === BudgetPeriod.DAY) return { name: day, endsAt: startOfDay(time) + DAY_MS };
  if (period === BudgetPeriod.MONTH) return { name: day.slice(0, 7), endsAt: startOfNextMonth(time) };
  throw new TypeError(`period is ${period}: expected a day or a month`);
}

function startOfNextMonth(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
