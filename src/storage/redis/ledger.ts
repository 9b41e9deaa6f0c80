import type { Ledger } from '../../completion/ledger.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { KeptUsage } from '../../config/config.ts';
import { createBoundedLog, type WarnLog } from '../../telemetry/bounded-log.ts';
import type { RedisConnection } from './connection.ts';
import { createLedgerInputs } from './ledger-inputs.ts';
import { createLedgerKeys } from './ledger-keys.ts';
import { admittedIn, settledIn, statusIn } from './ledger-replies.ts';
import { messageOf } from './message-of.ts';
import { createOutbox } from './outbox.ts';
import {
  evaluate,
  loadScript,
  runScript,
  type Script,
  type ScriptInput,
  type ScriptReply,
  withAllKeys,
} from './script.ts';
import { together } from './together.ts';
import { createUsageReader, naming } from './usage-reader.ts';

const admitScript = loadScript('admit');
const extendScript = loadScript('extend');
const settleScript = loadScript('settle');
const takeScript = loadScript('take');
const correctScript = loadScript('correct');
const dueScript = loadScript('due');
const reapScript = loadScript('reap');

/** How often each process looks for lost calls. */
const REAP_INTERVAL_MS = 5_000;
/** Lost calls that one look books, so that it never holds up what calls wait for. */
const REAP_BATCH = 100;
/** Calls that one command settles at most, for the same reason: Redis takes some 50 us for each. */
const SETTLE_BATCH = 32;
const CLOSE_TIMEOUT_MS = 5_000;

/** A ledger in Redis, and what happens in it by itself. */
export interface RedisLedger extends Ledger {
  /** Books lost calls, at most a batch. A timer does so too. */
  reap(): Promise<void>;
}

/**
 * Keeps the accounts in Redis, for all replicas of the gateway. An admission is one round trip; so is a settlement, which
 * shares it with those that come in the same moment. Leaves the connection open on close.
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
  const inputs = createLedgerInputs({
    keys,
    retentionMs: usage.retentionMs,
    time,
    redisTime: clock ? () => Math.floor(clock() * 1_000) : () => '',
  });
  const settleTogether = together(settleAll, { most: SETTLE_BATCH });
  const reader = createUsageReader({ redis, keys, usage, now: time });
  let reaper: NodeJS.Timeout | undefined = scheduleReaping();
  let closed = false;

  return {
    async admit(entry) {
      const at = time();
      return admittedIn(await run(admitScript, inputs.admit(entry, at)), entry, at);
    },

    async extend(entry) {
      const began = entry.ifLost.startTime?.getTime() ?? time();
      return admittedIn(await run(extendScript, inputs.extend(entry, began)), entry, began);
    },

    settle(settling) {
      const { id } = settling.entry;
      const { nanoUsd } = settling;
      const input = inputs.settle(settling);
      outbox.add({
        id,
        fields: { id, nanoUsd },
        send: async () => void (await withAllKeys(input, settleTogether)),
      });
    },

    async take(claims) {
      const reply = await run(takeScript, inputs.take(claims));
      return Math.ceil((reply.values[0] as number) / 1_000);
    },

    correct(claims, amounts) {
      run(correctScript, inputs.correct(claims, amounts)).catch(() => {});
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

  async function settleAll(settlements: readonly ScriptInput[]): Promise<(ScriptReply | Error)[]> {
    return settledIn(
      await redis.run((client) => evaluate(client, settleScript, inputs.settleAll(settlements))),
    );
  }

  function run(script: Script, input: ScriptInput): Promise<ScriptReply> {
    return redis.run((client) => runScript(client, script, input));
  }

  async function reap(): Promise<void> {
    const due = await run(dueScript, inputs.due(REAP_BATCH));
    const ids = due.values[0] as string[];
    await Promise.all(ids.map((id) => run(reapScript, inputs.reap(id))));
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
