import type { Engine } from './engine.ts';

/** The engine that serves now, and those before it that still have calls. */
export interface Engines {
  /** The engine that serves now, to look at. */
  current(): Engine;
  /** The same for a call, which disposes of it at its end: until then it is not closed, whatever takes its place. */
  enter(): Engine & Disposable;
  /** Has calls that begin from now on served by another engine. The one before is closed after its last call. */
  replace(next: Engine): void;
}

export function createEngines(first: Engine): Engines {
  let held = hold(first);
  return {
    current: () => held.engine,
    enter: () => held.enter(),
    replace(next) {
      const previous = held;
      held = hold(next);
      previous.retire();
    },
  };
}

/** Counts the calls of an engine. All of them get the same object, since each has to dispose of it once. */
function hold(engine: Engine) {
  let calls = 0;
  let retired = false;
  const entered = {
    ...engine,
    [Symbol.dispose]() {
      calls -= 1;
      closeUnlessUsed();
    },
  };
  return {
    engine,
    enter() {
      calls += 1;
      return entered;
    },
    retire() {
      retired = true;
      closeUnlessUsed();
    },
  };

  function closeUnlessUsed(): void {
    if (retired && calls === 0) engine.close();
  }
}
