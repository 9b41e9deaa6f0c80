import { z } from 'zod';
import { parseByteSize } from './byte-size.ts';
import { parseAge, parseDuration } from './duration.ts';
import type { Parsed } from './parsed.ts';

/** A value that is read by `parse`; its remedy becomes the second half of the fault. */
export function field<T>(parse: (input: unknown) => Parsed<T>) {
  return z.unknown().transform((input, context): T => {
    const parsed = parse(input);
    if ('value' in parsed) return parsed.value;
    context.issues.push({ code: 'custom', message: parsed.remedy, input });
    return z.NEVER;
  });
}

/** One value, or a list of them that is not empty; each is read by `parse`. */
export function oneOrMore<T>(parse: (input: unknown) => Parsed<T>) {
  return z.unknown().transform((input, context): T[] => {
    const items = [input].flat();
    const refuse = (message: string, path: number[]) =>
      context.issues.push({ code: 'custom', message, input, path });
    if (items.length === 0) refuse('expected at least one entry.', []);
    return items.flatMap((item, index) => {
      const parsed = parse(item);
      if ('value' in parsed) return [parsed.value];
      refuse(parsed.remedy, Array.isArray(input) ? [index] : []);
      return [];
    });
  });
}

/** For a check of what goes with what: faults in the parts do not hide these, so the parts may be anything. */
export const besideOtherFaults = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    // The fault of an unknown key names the known ones, and this is where they are known.
    error: ({ code }) =>
      code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'expected a mapping.',
  });
}

export const duration = field((input) => parseDuration(input));
export const durationOrZero = field((input) => parseDuration(input, { zero: true }));
export const age = field(parseAge);
export const byteSize = field(parseByteSize);

export function text(remedy: string, pattern = /\S/) {
  return field<string>((input) =>
    typeof input === 'string' && pattern.test(input) ? { value: input } : { remedy },
  );
}

/** A whole number. One in quotes is taken too, since that is what `${NAME}` leaves. */
export function wholeNumber(minimum: number, maximum: number) {
  return field<number>((input) => {
    const value = typeof input === 'string' && /^\d+$/.test(input) ? Number(input) : input;
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum)
      return { value };
    return { remedy: `expected a whole number from ${minimum} to ${maximum}.` };
  });
}

export function yesOrNo() {
  return field<boolean>((input) => {
    if (input === true || input === 'true') return { value: true };
    if (input === false || input === 'false') return { value: false };
    return { remedy: 'expected true or false.' };
  });
}

/** One of a few words; `later` are words of the contract that this version does not have. */
export function oneOf<const Word extends string>(words: readonly Word[], later: readonly string[] = []) {
  return field<Word>((input) => {
    const value = words.find((word) => word === input);
    if (value !== undefined) return { value };
    const expected = `expected ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}.`;
    return {
      remedy: later.some((word) => word === input) ? `not available in this version; ${expected}` : expected,
    };
  });
}
