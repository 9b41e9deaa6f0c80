import type {
  BudgetPeriod,
  ListUsageRecordsResponse,
  UsageDimension,
  UsageRecord,
  UsageSummary,
} from '../gen/sluice/v1/usage_service.ts';

// The port for what processes share of their callers' accounts: rates, places, budgets, and what was used.

/** How much one minute takes, as a bucket that holds a minute's worth and refills evenly. */
export interface RateClaim {
  /** Whose rate, such as `key:checkout` or `key:checkout/user:42`. */
  scope: string;
  unit: 'requests' | 'tokens';
  perMinute: number;
  /** How much this call takes. One that takes more than a minute's worth never passes. */
  amount: number;
}

/** A rate that nothing but itself holds, such as what one provider is asked for. It takes whatever it is asked for, in time. */
export interface PacedClaim extends RateClaim {
  /** How much may come at once. What is more than that passes alone: where nothing is left of what came before it. */
  atOnce: number;
}

/** A place among the calls in flight. */
export interface PlaceClaim {
  scope: string;
  limit: number;
}

/** A budget that a call is held against. */
export interface BudgetClaim {
  /** As in the contract's Budget. */
  scope: string;
  period: BudgetPeriod;
  limitNanoUsd: number;
  /** What becomes of the reservation of a call whose process died. */
  onLostCall: 'charge' | 'release';
}

/** What a call asks of the accounts before it runs. */
export interface Entry {
  /** Id of the call. What is asked for under an id that is settled already is refused. */
  id: string;
  rates: readonly RateClaim[];
  places: readonly PlaceClaim[];
  budgets: readonly BudgetClaim[];
  /** The most that the call can cost; reserved in each of the budgets. */
  nanoUsd: number;
  /** How long until the call counts as lost, in milliseconds. Longer than it can run. */
  leaseMs: number;
  /** The record that a lost call gets, where one of its budgets charges it. */
  ifLost: UsageRecord;
}

/** How a budget stands. What was reserved may have been spent when the calls end, so both count. */
export interface BudgetStatus {
  spentNanoUsd: number;
  reservedNanoUsd: number;
  /** When the period ends, in milliseconds since the epoch. */
  resetAt: number;
}

/** How a budget stands, seen by a call that it holds. */
export interface BudgetSeen extends BudgetStatus {
  scope: string;
  /** How long its period is. */
  per: 'day' | 'month';
  limitNanoUsd: number;
  /** Whether most of it is spent or reserved, so that its callers are warned. */
  nearlySpent: boolean;
}

/** Why a call may not run. */
export type Denial =
  | { claim: 'rate'; rate: RateClaim /** Undefined: it never may. */; retryAfterMs: number | undefined }
  | { claim: 'place'; place: PlaceClaim }
  | { claim: 'budget'; budget: BudgetClaim; status: BudgetStatus };

/**
 * Either everything was taken, or nothing, and these claims are why. Denied without any: the call itself is over, since it
 * was settled or lost.
 */
export type Admitted = { admitted: true; budgets: BudgetStatus[] } | { admitted: false; denials: Denial[] };

/** How a call ended, for the accounts. */
export interface Settling {
  /** As it was asked for; its `nanoUsd` is not used. */
  entry: Pick<Entry, 'id' | 'rates' | 'places' | 'budgets'>;
  /** What the call really took of each of the rates, in their order. */
  rateAmounts: readonly number[];
  /** What the call really cost. */
  nanoUsd: number;
  /** Undefined: the call never ran, and leaves no trace. */
  record: UsageRecord | undefined;
}

/** A span of time, in milliseconds since the epoch: from, inclusive, to, exclusive. */
export interface UsageQuery {
  from: number;
  to: number;
  /** Only calls of this key; undefined: all. */
  key: string | undefined;
}

/** Counts rates that no call is held to. It leaves nothing to settle: what was taken drains by itself. */
export interface Rates {
  /**
   * Takes all claims, or nothing. Returns how long until they pass, in milliseconds: 0 where they were taken. Not a promise
   * where the answer is at hand.
   *
   * @throws Error where the store does not answer in time; whether the claims were taken is then not known.
   */
  take(claims: readonly PacedClaim[]): number | Promise<number>;
  /**
   * Puts the truth in the place of what was taken: amounts in the order of the claims. In the background, and at most once:
   * where the store does not hear of it, what was taken stays so.
   */
  correct(claims: readonly PacedClaim[], amounts: readonly number[]): void;
}

/**
 * Keeps the accounts. Times are those of the store, periods those of the calendar in UTC. A call is booked in the periods
 * in which it was admitted, and its record under the time at which it began.
 *
 * A call that is neither settled nor extended while its lease lasts is lost: its places are free, its budgets are charged
 * what it had reserved (or released, as each claim says), and where one was charged, its `ifLost` is its record. Should it be
 * settled after all, the truth takes the place of the estimate.
 */
export interface Ledger extends Rates {
  /**
   * Asks all claims at once: either all take the call, or none has noticed it. Asked again for a call that is under way, it
   * says yes and takes nothing. Claims of one scope and period are one account, held against each of their limits. Not a
   * promise where the answer is at hand: a hop for each call costs more than the answer.
   *
   * @throws Error where the store does not answer in time; whether the claims were taken is then not known, and the call is
   *   to be settled whether it runs or not.
   */
  admit(entry: Entry): Admitted | Promise<Admitted>;
  /**
   * Reserves more for a call under way, and renews its lease: `nanoUsd` is what comes on top, `ifLost` holds the sum. No rate
   * or place is taken. Denied to a call that has no lease.
   *
   * @throws Error as `admit`
   */
  extend(entry: Entry): Admitted | Promise<Admitted>;
  /**
   * Books the end of a call, in the background: idempotent by its id, and again until the store has taken it. Neither fails
   * nor waits; {@link Ledger.close} waits for what is under way. A call that was never admitted is booked all the same, in
   * the periods in which its record begins.
   */
  settle(settling: Settling): void;
  /** @throws Error where the store does not answer. */
  budgets(claims: readonly BudgetClaim[]): Promise<BudgetStatus[]>;
  /**
   * Sums up, dearest first, then by group; without dimensions one total, also where nothing was used. Whole UTC days are
   * exact for as long as they are kept; the days of `from` and `to` take the records of those days. `from` 0 is the beginning
   * of what is kept, and `to` from now on the end of everything.
   *
   * @throws Error as `budgets`; GatewayError INVALID_REQUEST where what is asked for is not kept any more.
   */
  summarize(query: UsageQuery & { groupBy: readonly UsageDimension[] }): Promise<UsageSummary[]>;
  /**
   * Newest first. A page token stays right while records come in.
   *
   * @throws GatewayError INVALID_REQUEST for a token that is none; Error as `budgets`
   */
  list(query: UsageQuery & { pageSize: number; pageToken: string }): Promise<ListUsageRecordsResponse>;
  /** Waits, within a limit, until what was settled is booked. */
  close(): Promise<void>;
}
