import { BudgetPeriod } from '../gen/sluice/v1/usage_service.ts';

export const DAY_MS = 86_400_000;

/** The UTC day of a time, such as `2026-11-27`. */
export function dayOf(time: number): string {
  return calendarAt(time).day.name;
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
  if (period === BudgetPeriod.DAY) return calendarAt(time).day;
  if (period === BudgetPeriod.MONTH) return calendarAt(time).month;
  throw new TypeError(`period is ${period}: expected a day or a month`);
}

/** A day of the calendar, and its month. */
interface CalendarDay {
  start: number;
  day: Period;
  month: Period;
}

/** The one that was asked for last: nearly always it is today. To name it took 30 us of a call that asks a dozen times. */
let known = calendarDay(0);

function calendarAt(time: number): CalendarDay {
  const start = startOfDay(time);
  if (known.start !== start) known = calendarDay(start);
  return known;
}

function calendarDay(start: number): CalendarDay {
  const date = new Date(start);
  const name = date.toISOString().slice(0, 10);
  return {
    start,
    day: { name, endsAt: start + DAY_MS },
    month: { name: name.slice(0, 7), endsAt: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) },
  };
}
