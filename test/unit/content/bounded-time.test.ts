import { describe, expect, it } from 'vitest';
import { redactable } from '../../../src/config/config.ts';
import { scoreInjection } from '../../../src/content/injection/score.ts';
import { createFinder } from '../../../src/content/redaction/find-values.ts';

// Texts of a mebibyte that are all beginning: an expression that went back over what it has read would take hours.

const find = createFinder({ redact: redactable, phoneRegions: [] });
// What compiles the expressions is not measured.
find('warm ü');
scoreInjection('warm');
scoreInjection('warm ü漢');

describe.each([
  'a',
  ' ',
  '1',
  '\n',
  '- . ',
  'ignore all previous ',
  'act as if you are ',
  'reveal the your system ',
  '1gn0re ',
  '\n# system ',
  'größer 漢字 привет ',
  'QUJD',
  'a.',
  'a@',
  'a@b.',
  '4111 ',
  '+1 ',
  'de89',
  'password=',
  'password',
  'bearer ',
  '://a:',
  'eyJ-',
  'sk-a1',
  '-----',
  '-----BEGIN PRIVATE KEY-----',
])('a mebibyte of %j', (piece) => {
  const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));

  it('is searched for values, and scored, within seconds', () => {
    const before = process.cpuUsage();
    find(text);
    const searched = process.cpuUsage(before).user / 1_000;
    scoreInjection(text);
    const all = process.cpuUsage(before).user / 1_000;
    // Measured: at most 120 ms and 440 ms, on one of two shared cores.
    expect(searched).toBeLessThan(2_000);
    expect(all - searched).toBeLessThan(3_000);
  });
});

it('looks closer at telephone numbers only so often, and then takes what begins like one', () => {
  const findGerman = createFinder({ redact: ['phone'], phoneRegions: ['DE'] });
  const numbers = '+49 30 901820; 030 901820; 4711 4711;\n'.repeat(20_000);
  const before = process.cpuUsage();
  const found = new Set(findGerman(numbers).map(({ start, end }) => numbers.slice(start, end)));
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  expect([...found].sort()).toEqual(['+49 30 901820', '030 901820']);
});
