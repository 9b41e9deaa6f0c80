import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngines } from '../../../src/engine/engines.ts';

/** Engines are only kept here, not used. */
function anEngine(name: string, closed: string[]): Engine {
  return { upstreams: new Map([[name, undefined]]), close: () => closed.push(name) } as unknown as Engine;
}

const nameOf = ({ upstreams }: Pick<Engine, 'upstreams'>) => [...upstreams.keys()][0];

describe('an engine that is replaced', () => {
  it('is closed once, after its last call', () => {
    const closed: string[] = [];
    const engines = createEngines(anEngine('first', closed));
    const calls = [engines.enter(), engines.enter()];
    engines.replace(anEngine('second', closed));
    expect([nameOf(engines.current()), ...calls.map(nameOf)]).toEqual(['second', 'first', 'first']);
    calls[0]?.[Symbol.dispose]();
    expect(closed).toEqual([]);
    calls[1]?.[Symbol.dispose]();
    expect(closed).toEqual(['first']);
  });

  it('is closed at once where it has none', () => {
    const closed: string[] = [];
    const engines = createEngines(anEngine('first', closed));
    engines.enter()[Symbol.dispose]();
    expect(closed).toEqual([]);
    engines.replace(anEngine('second', closed));
    expect(closed).toEqual(['first']);
  });

  it('does not close those after it that its calls have outlived', () => {
    const closed: string[] = [];
    const engines = createEngines(anEngine('first', closed));
    const long = engines.enter();
    engines.replace(anEngine('second', closed));
    engines.replace(anEngine('third', closed));
    expect(closed).toEqual(['second']);
    long[Symbol.dispose]();
    expect(closed).toEqual(['second', 'first']);
  });
});
