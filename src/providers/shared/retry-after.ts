import type { Now } from '../../completion/ports/now.ts';

/** What of `Headers` is needed to read a few of them. */
export interface ReadableHeaders {
  get(name: string): string | null;
}

/** Longer than this is no advice but a mistake. */
const MAX_RETRY_AFTER_MS = 24 * 3600 * 1000;

/** When the provider wants to be asked again, in milliseconds from now, by its headers; undefined where they do not say. */
export function retryAfterMs(headers: ReadableHeaders, now: Now): number | undefined {
  const exact = plausible(numberIn(headers.get('retry-after-ms')));
  if (exact !== undefined) return exact;
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const seconds = numberIn(value);
  if (seconds !== undefined) return plausible(seconds * 1000);
  // An HTTP date begins with the day of the week; Date.parse makes a date of nearly anything else.
  return /^[A-Z][a-z]{2}/.test(value) ? plausible(Date.parse(value) - now()) : undefined;
}

/** A protobuf duration such as `34.4s`, as Google's `RetryInfo` has it, in milliseconds. */
export function durationMs(text: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1];
  return plausible(numberIn(seconds ?? null, 1000));
}

function numberIn(text: string | null, scale = 1): number | undefined {
  return text !== null && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) * scale : undefined;
}

function plausible(ms: number | undefined): number | undefined {
  if (ms === undefined || Number.isNaN(ms) || ms > MAX_RETRY_AFTER_MS) return undefined;
  return Math.max(0, Math.ceil(ms));
}
