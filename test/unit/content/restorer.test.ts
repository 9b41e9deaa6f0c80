import { describe, expect, it } from 'vitest';
import { createFold } from '../../../src/completion/fold.ts';
import type { CompletionEvent } from '../../../src/completion/ports/events.ts';
import { createRestore } from '../../../src/content/redaction/restorer.ts';
import type { Part } from '../../../src/gen/sluice/v1/message.ts';
import { finished, text } from '../../support/builders.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';

const originals = new Map([
  ['[EMAIL_1]', 'anna@example.com'],
  ['[EMAIL_12]', 'bob@example.com'],
  ['[SECRET_1]', 'p"w\\\n1'],
]);

const restoreAll = (events: CompletionEvent[], isJson = false) =>
  createRestore({ originals, isJson })(events);

describe('restoring an answer', () => {
  it('puts originals back where a placeholder is cut by every border', () => {
    const restore = createRestore({ originals, isJson: false });
    const shown = [...'Hi [EMAIL_12], [EMAIL_1]!'].flatMap((letter) => restore([text(letter)]));
    expect(textOf([...shown, ...restore([finished()])])).toBe('Hi bob@example.com, anna@example.com!');
  });

  it('holds back nothing but what may be the beginning of a placeholder', () => {
    const restore = createRestore({ originals, isJson: false });
    expect(textOf(restore([text('see [1] and [EMA')]))).toBe('see [1] and ');
    expect(textOf(restore([text('ILS] there')]))).toBe('[EMAILS] there');
    expect(textOf(restore([text('[')]))).toBe('');
    expect(textOf(restore([finished()]))).toBe('[');
  });

  it('leaves placeholders alone that it did not make', () => {
    expect(textOf(restoreAll([text('[EMAIL_2] [CARD_1]'), finished()]))).toBe('[EMAIL_2] [CARD_1]');
  });

  it('spells originals as JSON has it in arguments of tools, and in answers that are JSON', () => {
    const json = '{"password":"[SECRET_1]"}';
    const call: CompletionEvent = {
      $case: 'toolCallStarted',
      value: { index: 0, id: 't', name: 'login', signature: Buffer.alloc(0) },
    };
    const args: CompletionEvent = { $case: 'toolCallDelta', value: { index: 0, arguments: json } };
    const [, restored] = restoreAll([call, args]);
    expect(restored?.$case === 'toolCallDelta' && JSON.parse(restored.value.arguments)).toEqual({
      password: 'p"w\\\n1',
    });
    expect(JSON.parse(textOf(restoreAll([text(json), finished()], true)))).toEqual({ password: 'p"w\\\n1' });
  });

  it('forgets what it held when the answer begins again, and keeps it where another model goes on', () => {
    const over = (discardPrevious: boolean): CompletionEvent => ({
      $case: 'failedOver',
      value: { discardPrevious, provider: 'b', providerModel: 'm' },
    });
    expect(textOf(restoreAll([text('[EMA'), over(true), text('IL_1]'), finished()]))).toBe('IL_1]');
    expect(textOf(restoreAll([text('[EMA'), over(false), text('IL_1]'), finished()]))).toBe(
      'anna@example.com',
    );
  });

  const seed = testSeed();
  it(`gives the same answer however it is cut into events (seed ${seed})`, () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const events = randomAnswer(random);
      const restore = createRestore({ originals, isJson: false });
      const fold = createFold();
      for (const event of events) fold.add(restore([event]));
      const whole = createFold();
      whole.add(events);
      expect(fold.answer().message?.parts).toEqual((whole.answer().message?.parts ?? []).map(restored));
    }
  });
});

/** What restoring amounts to, said in one line. */
function restored({ part }: Part): Part {
  const put = (said: string, spell = (original: string) => original) =>
    said.replace(/\[\w+_\d+\]/g, (found) => {
      const original = originals.get(found);
      return original === undefined ? found : spell(original);
    });
  if (part?.$case === 'text') return { part: { ...part, value: put(part.value) } };
  if (part?.$case === 'reasoning')
    return { part: { ...part, value: { ...part.value, text: put(part.value.text) } } };
  if (part?.$case !== 'toolCall') return { part };
  const json = put(part.value.arguments, (original) => JSON.stringify(original).slice(1, -1));
  return { part: { ...part, value: { ...part.value, arguments: json } } };
}

function randomAnswer(random: Random): CompletionEvent[] {
  const events: CompletionEvent[] = [];
  let calls = 0;
  for (let piece = 0; piece < 1 + random.below(5); piece++) {
    const cuts = random.split(randomText(random));
    const kind = random.below(4);
    if (kind === 0) {
      events.push(
        ...cuts.map(
          (value): CompletionEvent => ({
            $case: 'reasoningDelta',
            value: { text: value, signature: Buffer.alloc(0) },
          }),
        ),
      );
      if (random.below(2) === 0)
        events.push({ $case: 'reasoningDelta', value: { text: '', signature: Buffer.from('s') } });
    } else if (kind === 1) {
      const index = calls++;
      events.push({
        $case: 'toolCallStarted',
        value: { index, id: `t${index}`, name: 'f', signature: Buffer.alloc(0) },
      });
      events.push(
        ...cuts.map(
          (json): CompletionEvent => ({ $case: 'toolCallDelta', value: { index, arguments: json } }),
        ),
      );
    } else events.push(...cuts.map(text));
  }
  return [...events, finished()];
}

function randomText(random: Random): string {
  const words = [
    ...originals.keys(),
    '[EMAIL_2]',
    '[',
    ']',
    '[EMAIL',
    'EMAIL_1]',
    ' and ',
    '[[',
    '[SECRET_',
    '1',
    '"',
  ];
  return Array.from({ length: 1 + random.below(8) }, () => words[random.below(words.length)]).join('');
}

function textOf(events: readonly CompletionEvent[]): string {
  return events.map((event) => (event.$case === 'textDelta' ? event.value.text : '')).join('');
}
