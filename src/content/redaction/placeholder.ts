import { redactable } from '../../config/config.ts';
import type { Kind } from './span.ts';

// What stands for a value: short, in capitals and unlike a word, so that models repeat it as it is.

/** Such as `[EMAIL_1]`. */
export function placeholderFor(kind: Kind, number: number): string {
  return `[${kind.toUpperCase()}_${number}]`;
}

const kinds = redactable.map((kind) => kind.toUpperCase());

/** Every placeholder in a text, whoever it comes from. */
export const placeholders = new RegExp(`\\[(?:${kinds.join('|')})_\\d+\\]`, 'g');

/** Where a placeholder may have begun that is not at its end yet: at the end of the text where none has. */
export function beginningOfPlaceholder(text: string): number {
  const at = text.lastIndexOf('[');
  if (at < 0) return text.length;
  const tail = text.slice(at + 1);
  const isBeginning = kinds.some((kind) => {
    const head = `${kind}_`;
    return head.startsWith(tail) || (tail.startsWith(head) && /^\d{0,9}$/.test(tail.slice(head.length)));
  });
  return isBeginning ? at : text.length;
}
