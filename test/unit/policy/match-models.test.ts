import { describe, expect, it } from 'vitest';
import { matchModels } from '../../../src/policy/match-models.ts';

describe('a pattern', () => {
  it.each([
    ['fast', 'fast'],
    ['*', 'anything/at all'],
    ['openai/*', 'openai/gpt-5'],
    ['openai/*', 'openai/'],
    ['*-mini', 'openai/gpt-5-mini'],
    ['*/gpt-*', 'azure/gpt-5'],
    ['a*b*c', 'abc'],
    ['a*b*c', 'a1b2b3c'],
    ['a**b', 'ab'],
    ['**', ''],
    ['a*a', 'aa'],
  ])('%j has %j', (pattern, model) => {
    expect(matchModels([pattern])(model)).toBe(true);
  });

  it.each([
    ['fast', 'faster'],
    ['fast', 'breakfast'],
    ['fast', 'FAST'],
    ['fast', ''],
    ['openai/*', 'openai'],
    ['openai/*', 'not-openai/gpt-5'],
    ['*-mini', 'gpt-5-mini-2'],
    ['a*b*c', 'acb'],
    ['a*a', 'a'],
    ['ab*bc', 'abc'],
    ['a*bc*c', 'abc'],
    ['gpt-4.1', 'gpt-401'],
    ['g+', 'gg'],
  ])('%j has not %j', (pattern, model) => {
    expect(matchModels([pattern])(model)).toBe(false);
  });

  it('is one of several', () => {
    const mayUse = matchModels(['fast', 'openai/*', 'demo*']);
    expect(['fast', 'openai/gpt-5', 'demo/echo', 'smart'].map(mayUse)).toEqual([true, true, true, false]);
  });

  it('takes no longer for many stars', () => {
    const began = performance.now();
    expect(matchModels([`${'*a'.repeat(50)}*b`])('a'.repeat(256))).toBe(false);
    expect(performance.now() - began).toBeLessThan(100);
  });
});
