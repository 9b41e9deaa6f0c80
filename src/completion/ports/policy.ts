import type { AnyAnswer, AnyCall, Outcome } from './call.ts';
import type { Route } from './route.ts';

/**
 * Takes part in deciding whether a call may run, and hears how it ended: access, rates, budgets. `admit` throws a
 * {@link GatewayError} to refuse; what it returns is called exactly once, however the call ends, also where a later
 * policy refuses it.
 */
export interface Policy {
  readonly name: string;
  admit(call: AnyCall, route: Route): Settle | undefined | Promise<Settle | undefined>;
}

/** Books a call that has ended, once, whether or not the policies let it run. Neither throws nor waits. */
export type Close = (call: AnyCall, outcome: Outcome<AnyAnswer>) => void;

export type Settle = (outcome: Outcome<AnyAnswer>) => void | Promise<void>;
