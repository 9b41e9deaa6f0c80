import { describe, expect, it } from 'vitest';
import { allPages } from '../../../../src/providers/shared/all-pages.ts';

describe('a list read page by page', () => {
  it('is read to its end, each page by what the one before says', async () => {
    const pages = new Map([
      [undefined, { names: ['a', 'b'], next: 'p2' }],
      ['p2', { names: ['b', 'c'], next: 'p3' }],
      ['p3', { names: ['d'], next: '' }],
    ]);
    const read = async (next: string | undefined) => pages.get(next) ?? { names: ['?'], next: undefined };
    expect(await allPages(read)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('ends where a page asks for one that has been read', async () => {
    const asked: unknown[] = [];
    const read = async (next: string | undefined) => {
      asked.push(next);
      return { names: ['a'], next: next === 'p2' ? 'p3' : 'p2' };
    };
    expect(await allPages(read)).toEqual(['a']);
    expect(asked).toEqual([undefined, 'p2', 'p3']);
  });

  it('ends after a hundred pages, whatever they say', async () => {
    let pages = 0;
    await allPages(async () => ({ names: [], next: `p${++pages}` }));
    expect(pages).toBe(100);
  });
});
