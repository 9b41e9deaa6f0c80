import type { Duration } from '../gen/google/protobuf/duration.ts';

export function toDuration(milliseconds: number): Duration {
  const seconds = Math.trunc(milliseconds / 1_000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1_000) * 1e6) };
}

export function toMilliseconds({ seconds, nanos }: Duration): number {
  return seconds * 1_000 + nanos / 1e6;
}
