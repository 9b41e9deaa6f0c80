import { placeholderFor, placeholders } from './placeholder.ts';
import { replaceLiterals } from './replace-literals.ts';
import type { Find, Kind } from './span.ts';

/** Puts placeholders in the place of values, and remembers what stands for what: for one call, and no longer. */
export interface Redactor {
  redact(text: string): string;
  /** Originals by their placeholders. */
  readonly originals: ReadonlyMap<string, string>;
  /** How many different values of each kind were found. */
  readonly counts: ReadonlyMap<Kind, number>;
}

/**
 * Creates a redactor. One value has one placeholder, such as `[EMAIL_1]`, wherever it stands; placeholders that stand in
 * `taken`, which are somebody else's, are left out.
 */
export function createRedactor({ find, taken }: { find: Find; taken: readonly string[] }): Redactor {
  const reserved = new Set(taken.flatMap((text) => text.match(placeholders) ?? []));
  const known = new Map<string, string>();
  const originals = new Map<string, string>();
  const counts = new Map<Kind, number>();
  const numbers = new Map<Kind, number>();
  return { redact, originals, counts };

  function redact(text: string): string {
    if (text === '') return text;
    return looksLikeJson(text) ? redactJson(text) : redactPlain(text);
  }

  function redactPlain(text: string): string {
    let result = '';
    let at = 0;
    for (const { kind, start, end } of find(text)) {
      result += text.slice(at, start) + placeholderOf(kind, text.slice(start, end));
      at = end;
    }
    return at === 0 ? text : result + text.slice(at);
  }

  /** The texts and numbers within JSON, one by one, so that it stays JSON. A field's name tells what its value is. */
  function redactJson(text: string): string {
    return replaceLiterals(text, (literal, name) => {
      if (literal.length < (literal.startsWith('"') ? SHORTEST_LITERAL : SHORTEST_NUMBER)) return literal;
      const plain = literal.startsWith('"') ? (JSON.parse(literal) as string) : literal;
      const redacted = looksLikeJson(plain) ? redactJson(plain) : redactValue(plain, name);
      return redacted === plain ? literal : JSON.stringify(redacted);
    });
  }

  function redactValue(plain: string, name: string | undefined): string {
    if (name === undefined) return redactPlain(plain);
    const prefix = `${JSON.parse(name)}: `;
    const named = redactPlain(prefix + plain);
    return named.startsWith(prefix) ? named.slice(prefix.length) : redactPlain(plain);
  }

  function placeholderOf(kind: Kind, value: string): string {
    const placeholder = known.get(value) ?? nextOf(kind);
    known.set(value, placeholder);
    originals.set(placeholder, value);
    return placeholder;
  }

  function nextOf(kind: Kind): string {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (;;) {
      const number = (numbers.get(kind) ?? 0) + 1;
      numbers.set(kind, number);
      const next = placeholderFor(kind, number);
      if (!reserved.has(next)) return next;
    }
  }
}

/** With its quotes, the shortest text that any finder takes: six characters, as in `a@b.co`. */
const SHORTEST_LITERAL = 8;
/** Digits of the shortest number, not being a text, that any finder takes: a card's. */
const SHORTEST_NUMBER = 12;

function looksLikeJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
