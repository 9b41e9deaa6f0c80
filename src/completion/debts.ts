import type { AnyAnswer, AnyCall, Outcome } from './ports/call.ts';
import type { Policy, Settle } from './ports/policy.ts';
import type { Route } from './ports/route.ts';

/** What a call owes to the policies that let it run: places, leases, reservations. */
export interface Debts {
  /** Asks the policies in order, and owes each of them what it wants settled. Not a promise where they answer at once. */
  admit(policies: readonly Policy[], route: Route): void | Promise<void>;
  /** Pays once, in reverse order. Never rejects: the answer is good and must not suffer for our books. */
  settle(outcome: Outcome<AnyAnswer>): Promise<void>;
}

/** Begins with none. */
export function createDebts(call: AnyCall): Debts {
  const debts: { name: string; settle: Settle }[] = [];
  return {
    admit: (policies, route) => admitFrom(0, policies, route),
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

  function admitFrom(first: number, policies: readonly Policy[], route: Route): void | Promise<void> {
    for (let n = first; n < policies.length; n++) {
      const policy = policies[n] as Policy;
      const admitted = policy.admit(call, route);
      if (admitted instanceof Promise) {
        return admitted.then((settle) => {
          owe(policy, settle);
          return admitFrom(n + 1, policies, route);
        });
      }
      owe(policy, admitted);
    }
  }

  function owe({ name }: Policy, settle: Settle | undefined): void {
    if (settle) debts.push({ name, settle });
  }
}
