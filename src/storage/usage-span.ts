import type { GatewayError } from '../completion/error.ts';
import { invalidRequest } from '../completion/error.ts';
import { DAY_MS, dayOf, startOfDay } from './calendar.ts';

/** How a span of time is summed up: whole days from their sums, parts of days from the records of their calls. */
export interface UsageSpan {
  /** Beginnings of whole days, in order. */
  days: number[];
  /** Each within one day. */
  parts: TimeSpan[];
}

/** From, inclusive, to, exclusive; in milliseconds since the epoch. */
export interface TimeSpan {
  from: number;
  to: number;
}

/**
 * Splits a span of time. Throws INVALID_REQUEST where it begins before what is kept, or holds a part of a day whose records
 * are not all kept: a sum that lacks something must not look like a whole one.
 */
export function splitSpan({ from, to }: TimeSpan, { now, retentionMs, recordsSince }: Kept): UsageSpan {
  const firstDay = startOfDay(now - retentionMs);
  const begin = from <= 0 ? firstDay : from;
  if (begin < firstDay) throw beforeAll(begin, firstDay);
  // Clocks of replicas differ: what began in a minute is known already, and whoever asks for all wants it too.
  const end = to >= now ? Number.POSITIVE_INFINITY : to;
  const lastDay = end === Number.POSITIVE_INFINITY ? startOfDay(now) + DAY_MS : startOfDay(end - 1);

  const span: UsageSpan = { days: [], parts: [] };
  for (let day = startOfDay(begin); day <= lastDay; day += DAY_MS) {
    const part = { from: Math.max(begin, day), to: Math.min(end, day + DAY_MS) };
    if (part.from >= part.to) continue;
    if (part.from === day && part.to === day + DAY_MS) span.days.push(day);
    else if (part.from >= recordsSince) span.parts.push(part);
    else throw partNotKept(part);
  }
  return span;
}

interface Kept {
  now: number;
  /** For how long days and records are kept. */
  retentionMs: number;
  /** From when on all records are there, in milliseconds since the epoch. */
  recordsSince: number;
}

function beforeAll(from: number, firstDay: number): GatewayError {
  return invalidRequest(
    'start_time',
    `is ${textOf(from)}, but usage is kept since ${textOf(firstDay)}; begin there or later`,
  );
}

function partNotKept({ from, to }: TimeSpan): GatewayError {
  const day = startOfDay(from);
  const field = from === day ? 'end_time' : 'start_time';
  const edges = `${textOf(day)} or ${textOf(day + DAY_MS)}`;
  return invalidRequest(
    field,
    `is ${textOf(field === 'end_time' ? to : from)}, within ${dayOf(day)}, whose single calls are not all kept any more; ` +
      `take the beginning of a day, such as ${edges}`,
  );
}

function textOf(time: number): string {
  return new Date(time).toISOString();
}
