import { describe, expect, it } from 'vitest';
import { redactable } from '../../../../src/config/config.ts';
import { scoreInjection } from '../../../../src/content/injection/score.ts';
import { createFinder } from '../../../../src/content/redaction/find-values.ts';
import type { Kind } from '../../../../src/content/redaction/span.ts';
import * as injection from './injection.ts';
import * as redaction from './redaction.ts';

// What docs/content-policies.md says of errors is printed here.

const parts = [
  { name: 'tuning', texts: redaction.tuning, labelled: injection.tuning },
  { name: 'held-out', texts: redaction.heldOut, labelled: injection.heldOut },
];

describe.each(parts)('on the $name part of the corpus', ({ name, texts, labelled }) => {
  it.each(redactable)('values of the kind %s are found, and little else', (kind) => {
    const { values, missed, innocent, accused } = countErrors(kind, texts);
    report(
      `${name} ${kind}: missed ${missed.length} of ${values} values; found ${accused.length} too many in ${innocent} texts without`,
      [...missed, ...accused],
    );
    expect(missed.length / values).toBeLessThanOrEqual(0.15);
    expect(accused.length / innocent).toBeLessThanOrEqual(0.03);
  });

  it('attempts to override the system message score high, and what looks like them does not', () => {
    const missed = labelled.attacks.filter((text) => scoreInjection(text) < 0.8);
    const accused = labelled.harmless.filter((text) => scoreInjection(text) >= 0.8);
    report(
      `${name} injection at 0.8: missed ${missed.length} of ${labelled.attacks.length}; accused ${accused.length} of ${labelled.harmless.length}`,
      [...missed, ...accused],
    );
    // New words get through; ordinary ones must not be stopped.
    expect(missed.length / labelled.attacks.length).toBeLessThanOrEqual(0.5);
    expect(accused.length / labelled.harmless.length).toBeLessThanOrEqual(0.05);
  });
});

/** Errors of one kind: values that were not found whole, and finds where there is no value. */
function countErrors(kind: Kind, marked: readonly string[]) {
  const find = createFinder({ redact: [kind], phoneRegions: [] });
  const missed: string[] = [];
  const accused: string[] = [];
  let values = 0;
  let innocent = 0;
  for (const { text, spans } of marked.map(unmark)) {
    const found = find(text);
    const wanted = spans.filter((span) => span.kind === kind);
    values += wanted.length;
    if (wanted.length === 0) innocent += 1;
    missed.push(
      ...wanted
        .filter(({ start, end }) => !found.some((span) => span.start === start && span.end === end))
        .map(({ start, end }) => text.slice(start, end)),
    );
    accused.push(
      ...found
        .filter(({ start, end }) => !wanted.some((span) => span.start < end && start < span.end))
        .map(({ start, end }) => text.slice(start, end)),
    );
  }
  return { values, missed, innocent, accused };
}

function unmark(marked: string): { text: string; spans: { kind: string; start: number; end: number }[] } {
  const spans: { kind: string; start: number; end: number }[] = [];
  let text = '';
  for (const piece of marked.split(/(\{\{\w+:[\s\S]*?\}\})/)) {
    const [, kind, value] = /^\{\{(\w+):([\s\S]*)\}\}$/.exec(piece) ?? [];
    if (kind !== undefined && value !== undefined)
      spans.push({ kind, start: text.length, end: text.length + value.length });
    text += value ?? piece;
  }
  return { text, spans };
}

function report(line: string, errors: readonly string[]): void {
  process.stdout.write(`${line}\n`);
  // To tune by; the held-out part is not for that.
  if (process.env['SHOW_ERRORS'] && line.startsWith('tuning'))
    process.stdout.write(`${errors.map((error) => `  ${JSON.stringify(error)}\n`).join('')}`);
}
