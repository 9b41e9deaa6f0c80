import type { AnyAnswer, AnyCall, Outcome } from './ports/call.ts';
import type { Policy, Settle } from './ports/policy.ts';
import type { Route } from './ports/route.ts';

/** What a call owes to the policies that let it run: places, leases, reservations. */
export interface Debts {
  /** Asks the policies in order, and owes each of them what it wants settled. */
  admit(policies: readonly Policy[], route: Route): Promise<void>;
  /** Pays once, in reverse order. Never rejects: the answer is good and must not suffer for our books. */
  settle(outcome: Outcome<AnyAnswer>): Promise<void>;
}

/** Begins with none. */
export function createDebts(call: AnyCall): Debts {
  const debts: { name: string; settle: Settle }[] = [];
  return {
    async admit(policies, route) {
      for (const policy of policies) {
        const admitted = policy.admit(call, route);
        const settle = admitted instanceof Promise ? await admitted : admitted;
        if (settle) debts.push({ name: policy.name, settle });
      }
    },
    async settle(outcome) {
      for (let debt = debts.pop(); debt; debt = debts.pop()) {
        try {
          const settling = debt.settle(outcome);
          if (settling) await settling;
        } catch (error) {
          // Whoever runs the gateway must know.
          call.telemetry.failedQuietly(`settle ${debt.name}`, error);
        }
      }
    },
  };
}
