/** A source of time: milliseconds since the epoch. Handed in, so that tests own it. */
export type Now = () => number;
