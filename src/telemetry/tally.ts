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
  const root: Known = { attributes: undefined, next: new Map() };
  let size = 0;

  return (...values) => {
    let found: Known | undefined = root;
    for (const value of values) found = found?.next.get(value);
    if (found?.attributes) return found.attributes;
    if (size >= limit) return OVERFLOW;
    size += 1;
    const attributes = Object.freeze(describe(...values));
    learn(values, attributes);
    return attributes;
  };

  function learn(values: Values, attributes: Attributes): void {
    let place = root;
    for (const value of values) {
      const next: Known = place.next.get(value) ?? { attributes: undefined, next: new Map() };
      place.next.set(value, next);
      place = next;
    }
    place.attributes = attributes;
  }
}

/** What is known of values that begin alike. One key made of all values would take eight times as long to look up. */
interface Known {
  attributes: Attributes | undefined;
  next: Map<unknown, Known>;
}

const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
