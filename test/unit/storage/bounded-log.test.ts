import { describe, expect, it } from 'vitest';
import { createBoundedLog } from '../../../src/telemetry/bounded-log.ts';

describe('a bounded log', () => {
  it('lets each message through so many times per interval, and then says how many it held back', () => {
    let time = 1_000_000;
    const lines: unknown[] = [];
    const log = { warn: (fields: unknown, message: string) => void lines.push([message, fields]) };
    const bounded = createBoundedLog({ log, now: () => time, maxLines: 2, intervalMs: 1_000 });

    for (let n = 0; n < 5; n++) bounded.warn({ n }, 'often');
    bounded.warn({}, 'seldom');
    time += 999;
    bounded.warn({ n: 5 }, 'often');
    time += 1;
    bounded.warn({ n: 6 }, 'often');
    bounded.warn({ n: 7 }, 'often');

    expect(lines).toEqual([
      ['often', { n: 0 }],
      ['often', { n: 1 }],
      ['seldom', {}],
      ['often', { n: 6, suppressed: 4 }],
      ['often', { n: 7 }],
    ]);
  });
});
