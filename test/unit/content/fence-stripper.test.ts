import { describe, expect, it } from 'vitest';
import { createFenceStripper } from '../../../src/content/form/fence-stripper.ts';
import { finished, text } from '../../support/builders.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

function strip(pieces: readonly string[]): string {
  const stripper = createFenceStripper();
  const events = [...pieces.map(text), finished()].flatMap((event) => stripper.strip([event]));
  return events.map((event) => (event.$case === 'textDelta' ? event.value.text : '')).join('');
}

const json = '{"code": "```js\\n1\\n```", "n": [1,  2]}';

describe('the code fence around an answer', () => {
  const seed = testSeed();
  it.each([
    ['```json\n{"a":1}\n```', '{"a":1}'],
    ['  ```\r\n{"a":1}```\n\n', '{"a":1}'],
    [`\`\`\`JSON  \n${json}\n\`\`\``, json],
    // None, or not around all of it.
    [json, json],
    ['', ''],
    ['``', '``'],
    ['```{"a":1}```', '```{"a":1}```'],
    ['Here: ```json\n{}\n```', 'Here: ```json\n{}\n```'],
    ['```json\n{}\n``` Done.', '{}\n``` Done.'],
    [' \n{"a": 1} \n', ' \n{"a": 1} \n'],
  ])(`%j is %j, however it is cut (seed ${seed})`, (said, wanted) => {
    const random = seededRandom(seed);
    for (let round = 0; round < 30; round++) expect(strip(random.split(said))).toBe(wanted);
  });
});
