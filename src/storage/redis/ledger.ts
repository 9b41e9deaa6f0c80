import type {
  Admitted,
  BudgetClaim,
  BudgetStatus,
  Denial,
  Entry,
  Ledger,
  Settling,
} from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { KeptUsage } from '../../config/config.ts';
import type { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';
import { createBoundedLog, type WarnLog } from '../../telemetry/bounded-log.ts';
import { DAY_MS, periodOf } from '../calendar.ts';
import { GROUP_CHOICES, groupFor } from '../usage-groups.ts';
import { beginningOf, COUNTERS, linesOf } from '../usage-lines.ts';
import type { RedisConnection } from './connection.ts';
import { budgetName, createLedgerKeys, indexMember } from './ledger-keys.ts';
import { messageOf } from './message-of.ts';
import { createOutbox } from './outbox.ts';
import { loadScript, runScript, type Script, type ScriptArgument, type ScriptReply } from './script.ts';
import { encodeStoredRecord } from './stored-record.ts';
import { createUsageReader, naming } from './usage-reader.ts';

const admitScript = loadScript('admit');
const extendScript = loadScript('extend');
const settleScript = loadScript('settle');
const takeScript = loadScript('take');
const correctScript = loadScript('correct');
const dueScript = loadScript('due');
const reapScript = loadScript('reap');

/**
 * For how long the end of a call without a record is remembered; one with a record is for as long as that. Whatever may still
 * say something of a call says it sooner: a frozen Redis working off old sockets, an outbox while Redis is away.
 */
const REMEMBERED_MS = DAY_MS;
/** How often each process looks for lost calls. */
const REAP_INTERVAL_MS = 5_000;
/** Lost calls that one look books, so that it never holds up what calls wait for. */
const REAP_BATCH = 100;
const CLOSE_TIMEOUT_MS = 5_000;

/** A ledger in Redis, and what happens in it by itself. */
export interface RedisLedger extends Ledger {
  /** Books lost calls, at most a batch. A timer does so too. */
  reap(): Promise<void>;
}

/**
 * Keeps the accounts in Redis, for all replicas of the gateway. An admission is one round trip, and so is a settlement. Leaves
 * the connection open on close.
 */
export function createRedisLedger({
  redis,
  keyPrefix,
  usage,
  now,
  log,
  clock,
  random = Math.random,
  closeTimeoutMs = CLOSE_TIMEOUT_MS,
}: RedisLedgerOptions): RedisLedger {
  const keys = createLedgerKeys(keyPrefix);
  const warnings = createBoundedLog({ log, now });
  const outbox = createOutbox({ log, now, random, closeTimeoutMs });
  const time = clock ?? now;
  const reader = createUsageReader({ redis, keys, usage, now: time });
  /** Usage is kept for a day more than is promised, since a day of it ends later than it begins. */
  const usageMs = usage.retentionMs + DAY_MS;
  /** Lost calls are charged, and ended periods corrected, however long no gateway ran. */
  const leaseKeptMs = Math.max(usageMs, REMEMBERED_MS);
  let reaper: NodeJS.Timeout | undefined = scheduleReaping();
  let closed = false;

  return {
    async admit(entry) {
      const { id, rates, places, budgets } = entry;
      const at = time();
      const reply = await run(
        admitScript,
        [
          keys.call(id),
          keys.leases,
          ...rates.map(keys.rate),
          ...places.map(keys.places),
          ...budgets.map((claim) => keys.budget(claim, at)),
        ],
        [
          ...leaseArguments(entry),
          rates.length,
          places.length,
          budgets.length,
          ...estimateArguments(entry),
          ...rates.flatMap(({ amount, perMinute }) => [amount, perMinute]),
          ...places.map(({ limit }) => limit),
          ...budgets.flatMap(budgetArguments),
        ],
      );
      return admittedIn(reply, entry, at);
    },

    async extend(entry) {
      const { id, places, budgets } = entry;
      const began = entry.ifLost.startTime?.getTime() ?? time();
      const reply = await run(
        extendScript,
        [
          keys.call(id),
          keys.leases,
          ...budgets.map((claim) => keys.budget(claim, began)),
          ...places.map(keys.places),
        ],
        [
          ...leaseArguments(entry),
          budgets.length,
          places.length,
          ...estimateArguments(entry),
          ...budgets.flatMap(budgetArguments),
        ],
      );
      return admittedIn(reply, entry, began);
    },

    settle(settling) {
      const { id } = settling.entry;
      const { nanoUsd } = settling;
      const [scriptKeys, args] = settlement(settling);
      outbox.add({
        id,
        fields: { id, nanoUsd },
        send: async () => void (await run(settleScript, scriptKeys, args)),
      });
    },

    async take(claims) {
      const reply = await run(
        takeScript,
        claims.map(keys.rate),
        claims.flatMap(({ amount, perMinute, atOnce }) => [amount, perMinute, atOnce]),
      );
      return Math.ceil((reply.values[0] as number) / 1_000);
    },

    correct(claims, amounts) {
      const args = claims.flatMap(({ perMinute, amount }, n) => [perMinute, (amounts[n] ?? 0) - amount]);
      run(correctScript, claims.map(keys.rate), args).catch(() => {});
    },

    async budgets(claims) {
      const at = time();
      const stored = await redis.run((client) =>
        Promise.all(
          claims.map((claim) => {
            const key = keys.budget(claim, at);
            return client.hmget(key, 'spent', 'reserved').catch(naming(key));
          }),
        ),
      );
      return claims.map((claim, n) => statusIn(keys.budget(claim, at), stored[n] ?? [], claim, at));
    },

    summarize: reader.summarize,
    list: reader.list,
    reap,

    async close() {
      closed = true;
      clearTimeout(reaper);
      await outbox.close();
    },
  };

  function run(script: Script, scriptKeys: string[], args: ScriptArgument[]): Promise<ScriptReply> {
    return redis.run((client) =>
      // Undefined in production: Redis's own time counts.
      runScript(client, script, scriptKeys, [clock ? Math.floor(clock() * 1_000) : '', ...args]),
    );
  }

  async function reap(): Promise<void> {
    const due = await run(dueScript, [keys.leases], [REAP_BATCH]);
    const ids = due.values[0] as string[];
    await Promise.all(
      ids.map((id) => run(reapScript, [keys.call(id), keys.leases], [id, usageMs, REMEMBERED_MS])),
    );
  }

  /** Jittered, so that replicas that were started together do not all look at once. */
  function scheduleReaping(): NodeJS.Timeout {
    const look = async () => {
      await reap().catch((error: unknown) => {
        warnings.warn({ error: messageOf(error) }, 'Lost calls are not booked yet');
      });
      reaper = closed ? undefined : scheduleReaping();
    };
    return setTimeout(() => void look(), REAP_INTERVAL_MS * (0.5 + random())).unref();
  }

  function leaseArguments({ id, nanoUsd, leaseMs }: Entry): ScriptArgument[] {
    return [id, nanoUsd, Math.ceil(leaseMs * 1_000), leaseKeptMs];
  }

  /** What is written where the call is lost; nothing where no budget is charged then. */
  function estimateArguments({ budgets, ifLost }: Entry): ScriptArgument[] {
    if (!budgets.some(({ onLostCall }) => onLostCall === 'charge')) return ['', '', '', '', '', ''];
    const began = beginningOf(ifLost);
    return [...recordArguments(ifLost), keys.day(began), keys.index(began), keys.index(began, ifLost.key)];
  }

  function budgetArguments(claim: BudgetClaim): ScriptArgument[] {
    return [budgetName(claim), claim.limitNanoUsd, claim.onLostCall, accountTtlMs(claim, time())];
  }

  /** Beyond its period: a call may end, or be found lost, after it. */
  function accountTtlMs({ period }: BudgetClaim, at: number): number {
    return Math.ceil(periodOf(period, at).endsAt - at) + leaseKeptMs;
  }

  function settlement({ entry, rateAmounts, nanoUsd, record }: Settling): [string[], ScriptArgument[]] {
    const { id, rates, places, budgets } = entry;
    const at = time();
    const began = record?.startTime?.getTime() ?? at;
    const scriptKeys = [
      keys.call(id),
      keys.leases,
      keys.day(began),
      keys.index(began),
      keys.index(began, record?.key ?? ''),
      ...rates.map(keys.rate),
      ...budgets.map((claim) => keys.budget(claim, began)),
      ...places.map(keys.places),
    ];
    const args = [
      id,
      nanoUsd,
      usageMs,
      REMEMBERED_MS,
      rates.length,
      budgets.length,
      places.length,
      ...(record ? recordArguments(record) : ['', '', '']),
      ...rates.flatMap(({ perMinute, amount }, n) => [perMinute, amount, rateAmounts[n] ?? 0]),
      ...budgets.flatMap((claim) => [budgetName(claim), accountTtlMs(claim, at)]),
    ];
    return [scriptKeys, args];
  }
}

export interface RedisLedgerOptions {
  redis: RedisConnection;
  /** Prefix of every key, from the configuration. */
  keyPrefix: string;
  usage: KeptUsage;
  /** Of this process: it says which periods and days run. Rates and leases go by Redis's own time. */
  now: Now;
  log: WarnLog;
  /** For tests: the time of everything, Redis included. */
  clock?: Now;
  random?: () => number;
  /** Limit on closing. Default 5 s. */
  closeTimeoutMs?: number;
}

function recordArguments(record: UsageRecord): ScriptArgument[] {
  const choices = Array.from({ length: GROUP_CHOICES }, (_, choice) => choice);
  const lines = linesOf(record).map((line) => [
    choices.map((choice) => groupFor(line, choice)),
    COUNTERS.map((counter) => line.counts[counter]),
  ]);
  return [encodeStoredRecord(record), indexMember(beginningOf(record), record.id), JSON.stringify(lines)];
}

function admittedIn({ name, values }: ScriptReply, { rates, places, budgets }: Entry, at: number): Admitted {
  if (name === 'over') return { admitted: false, denials: [] };
  if (name === 'admitted') {
    const standing = values[0] as number[];
    return { admitted: true, budgets: budgets.map((claim, n) => statusOf(standing, 2 * n, claim, at)) };
  }
  const [waits, full, standing] = values as [number[], number[], number[]];
  const denials: Denial[] = [
    ...waits.flatMap((waitUs, n) => {
      const rate = rates[n];
      if (waitUs === 0 || !rate) return [];
      return {
        claim: 'rate' as const,
        rate,
        retryAfterMs: waitUs < 0 ? undefined : Math.ceil(waitUs / 1_000),
      };
    }),
    ...places.filter((_, n) => full[n] === 1).map((place) => ({ claim: 'place' as const, place })),
    ...budgets.flatMap((budget, n) =>
      standing[3 * n + 2] === 1
        ? { claim: 'budget' as const, budget, status: statusOf(standing, 3 * n, budget, at) }
        : [],
    ),
  ];
  return { admitted: false, denials };
}

function statusOf(
  standing: readonly number[],
  first: number,
  { period }: BudgetClaim,
  at: number,
): BudgetStatus {
  return {
    spentNanoUsd: standing[first] ?? 0,
    reservedNanoUsd: standing[first + 1] ?? 0,
    resetAt: periodOf(period, at).endsAt,
  };
}

function statusIn(
  key: string,
  stored: readonly (string | null)[],
  { period }: BudgetClaim,
  at: number,
): BudgetStatus {
  const [spentNanoUsd = 0, reservedNanoUsd = 0] = stored.map((text) => {
    if (text !== null && !/^-?\d+$/.test(text))
      throw new Error(`${key} cannot be read: it holds "${text.slice(0, 100)}"`);
    return Number(text ?? 0);
  });
  return { spentNanoUsd, reservedNanoUsd, resetAt: periodOf(period, at).endsAt };
}
