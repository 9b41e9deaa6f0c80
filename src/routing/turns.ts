import type { Target } from './target.ts';

/** When a call asks a target. */
export interface Turn {
  target: Target;
  /** Not before, in milliseconds since the epoch. */
  at: number;
  /** Whether to wait in line where the target is at its limit of calls: not while another one may be free. */
  mayQueue: boolean;
  /** Whether the target is asked although the request looks too long for it, since it does for all of them. */
  lastResort: boolean;
}

/** The targets in the order in which they are asked first. */
export function beginTurns(targets: readonly Target[]): Turn[] {
  const isOnly = targets.length === 1;
  return targets.map((target) => ({ target, at: 0, mayQueue: isOnly, lastResort: isOnly }));
}

/** Takes the turn whose time comes first; of equal ones, the one that was there before. */
export function takeNext(turns: Turn[]): Turn | undefined {
  if (turns.length < 2) return turns.pop();
  let next = 0;
  for (let n = 1; n < turns.length; n++) {
    if ((turns[n] as Turn).at < (turns[next] as Turn).at) next = n;
  }
  return turns.splice(next, 1)[0];
}
