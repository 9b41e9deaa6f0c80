import { describe, expect, it } from 'vitest';
import { byModel } from '../../../src/completion/by-model.ts';

describe('what is known by model', () => {
  it('is found out once for each model', () => {
    const asked: string[] = [];
    const lengthOf = byModel((model) => {
      asked.push(model);
      return { length: model.length };
    });

    expect(['ab', 'abc', 'ab'].map((model) => lengthOf(model).length)).toEqual([2, 3, 2]);
    expect(asked).toEqual(['ab', 'abc']);
  });

  it('is forgotten once there are too many models, since callers may name any', () => {
    const asked: string[] = [];
    const look = byModel((model) => {
      asked.push(model);
      return {};
    });
    look('first');
    for (let n = 0; n < 1_000; n += 1) look(`made-up-${n}`);
    look('first');

    expect(asked.filter((model) => model === 'first')).toHaveLength(2);
  });
});
