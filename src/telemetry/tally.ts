import type { Attributes, ObservableCounter } from '@opentelemetry/api';

/** A counter that adds up for itself: the SDK's own one hashes its attributes at every call, this one when asked. */
export interface Tally {
  /** `attributes` come from an {@link Intern}, so that equal ones are one series. */
  add(value: number, attributes: Attributes): void;
}

/** Creates a {@link Tally} that `counter` shows when it is scraped. */
export function createTally(counter: ObservableCounter): Tally {
  const sums = new Map<Attributes, { value: number }>();
  counter.addCallback((result) => {
    for (const [attributes, { value }] of sums) result.observe(value, attributes);
  });

  return {
    add(value, attributes) {
      const sum = sums.get(attributes);
      if (sum) sum.value += value;
      else sums.set(attributes, { value });
    },
  };
}

/** Returns the one shared object of the attributes that these values describe. */
export type Intern<Values extends readonly unknown[]> = (...values: Values) => Attributes;

/** Creates an {@link Intern}. Past `limit` everything new is one series, as in the SDK; default 2,000. */
export function createIntern<Values extends readonly unknown[]>(
  describe: (...values: Values) => Attributes,
  limit = 2_000,
): Intern<Values> {
  const known = new Map<string, Attributes>();

  return (...values) => {
    const key = values.join('\n');
    const shared = known.get(key);
    if (shared) return shared;
    if (known.size >= limit) return OVERFLOW;
    const attributes = Object.freeze(describe(...values));
    known.set(key, attributes);
    return attributes;
  };
}

const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
