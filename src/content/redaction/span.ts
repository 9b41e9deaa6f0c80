import type { ContentConfig } from '../../config/config.ts';

/** A kind of value that is kept from providers. */
export type Kind = ContentConfig['redact'][number];

/** Where a value stands in a text: from, inclusive, to, exclusive. */
export interface Span {
  kind: Kind;
  start: number;
  end: number;
}

/** Finds the values of one kind. Spans of one finder may overlap; time grows with the text and no faster. */
export type Find = (text: string) => Span[];
