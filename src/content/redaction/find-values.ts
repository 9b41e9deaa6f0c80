import type { ContentPolicy } from '../policy.ts';
import { findCards } from './find-cards.ts';
import { findEmails } from './find-emails.ts';
import { findIbans } from './find-ibans.ts';
import { createPhoneFinder } from './find-phones.ts';
import { findSecrets } from './find-secrets.ts';
import type { Find, Kind, Span } from './span.ts';

/**
 * Creates a finder of all the kinds that a policy keeps from providers. Its spans are in order and apart: where two overlap,
 * they are one, of the kind that begins first, or else is the longer one, or else stands first in the policy; so nothing
 * of either is left over.
 */
export function createFinder({ redact, phoneRegions }: Pick<ContentPolicy, 'redact' | 'phoneRegions'>): Find {
  const phones = phoneRegions.length > 0 ? phoneRegions : [undefined];
  const finders: Record<Kind, readonly Find[]> = {
    email: [findEmails],
    phone: phones.map(createPhoneFinder),
    card: [findCards],
    iban: [findIbans],
    secret: [findSecrets],
  };
  const wanted = redact.flatMap((kind) => finders[kind]);
  return (text) => apart(wanted.flatMap((find) => find(text)));
}

function apart(spans: readonly Span[]): Span[] {
  // Sorting is stable, so what stands first in the policy stays first.
  const inOrder = spans.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const result: Span[] = [];
  for (const span of inOrder) {
    const last = result.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
}
