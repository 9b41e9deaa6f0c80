import type { z } from 'zod';
import { parseByteSize } from './byte-size.ts';
import { type ContentConfig, noContentPolicy, redactable } from './config.ts';
import { field, mapping, oneOf, yesOrNo } from './fields.ts';
import type { Parsed } from './parsed.ts';

/** What may stand under `content`, of a key or of a model. */
export const content = mapping({
  redact: field<ContentConfig['redact']>((input) => {
    const kinds = Array.isArray(input) ? redactable.filter((kind) => input.includes(kind)) : [];
    if (Array.isArray(input) && input.every((said) => kinds.includes(said))) return { value: kinds };
    return { remedy: `expected a list of ${redactable.join(', ')}.` };
  }).exactOptional(),
  phoneRegion: field(parseRegion).exactOptional(),
  restore: yesOrNo().exactOptional(),
  maxInputBytes: field(parseByteSize).exactOptional(),
  injection: oneOf(['off', 'flag', 'block']).exactOptional(),
  injectionThreshold: field<number>((input) => {
    const value = typeof input === 'string' && /^\d*\.?\d+$/.test(input) ? Number(input) : input;
    if (typeof value === 'number' && value > 0 && value <= 1) return { value };
    return { remedy: 'expected a number above 0 and up to 1.' };
  }).exactOptional(),
  repairJson: yesOrNo().exactOptional(),
}).superRefine(checkEffect, {
  // Faults inside do not hide these.
  when: ({ value }) => typeof value === 'object' && value !== null,
});

type ContentKeys = z.output<typeof content>;

/** A policy with its defaults; the very {@link noContentPolicy} where nothing is said, which costs a call nothing. */
export function resolveContent(said: ContentKeys | undefined): ContentConfig {
  return said ? { ...noContentPolicy, ...said } : noContentPolicy;
}

/** Reads a country; `UK`, which many write, is `GB`. */
function parseRegion(input: unknown): Parsed<string> {
  const remedy = 'expected a country of ISO 3166, such as "DE".';
  if (typeof input !== 'string' || !/^[A-Z]{2}$/.test(input)) return { remedy };
  const region = new Intl.Locale('und', { region: input }).region ?? input;
  return countries.of(region) === undefined ? { remedy } : { value: region };
}

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** What has no effect is refused: whoever wrote it expects something of it. */
function checkEffect(said: Partial<ContentKeys>, context: z.core.$RefinementCtx): void {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
  const kinds = Array.isArray(said.redact) ? said.redact : [];
  if ('phoneRegion' in said && !kinds.includes('phone'))
    refuse('phoneRegion', 'no phone numbers are redacted; add phone to redact, or remove it.');
  if (said.restore === true && kinds.length === 0)
    refuse('restore', 'nothing is redacted, so nothing can be put back; say what to redact, or remove it.');
  if ('injectionThreshold' in said && (said.injection ?? 'off') === 'off')
    refuse('injectionThreshold', 'nothing is compared with it; use injection: flag or block, or remove it.');
}
