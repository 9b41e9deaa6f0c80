import { Cluster, type Redis, ReplyError } from 'ioredis';
import type { Now } from '../../completion/ports/now.ts';
import type { RedisConfig } from '../../config/config.ts';
import { createBoundedLog, type WarnLog } from '../../telemetry/bounded-log.ts';
import { createAvailability } from './availability.ts';
import { createRedisClient, type RedisClient } from './client.ts';

/** Limit on closing. */
const CLOSE_TIMEOUT_MS = 500;

/**
 * The one connection to Redis, shared by everything that keeps state there. It connects and reconnects by
 * itself; what to do while Redis is away is for its users to say.
 */
export interface RedisConnection {
  /**
   * Runs a command and rejects where Redis does not answer within `commandTimeoutMs`, answers with an error,
   * or has not answered lately: then at once, without asking it.
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** The servers that hold the keys, for commands such as SCAN; throws where none is known. */
  masters(): readonly Redis[];
  /** Closes the sockets. Commands still running fail. */
  close(): Promise<void>;
}

/** Connects to Redis, without waiting for it: the gateway starts, and runs, without Redis too. */
export function createRedisConnection({ config, now, log }: RedisConnectionOptions): RedisConnection {
  const client = createRedisClient(config);
  const availability = createAvailability({ now });
  const warnings = createBoundedLog({ log, now });
  // Hosts only: an address may carry the password.
  const hosts = config.urls.map((url) => new URL(url).host);
  // An attempt on several addresses of one host fails with a code and no message.
  const report = ({ message, code }: NodeJS.ErrnoException) =>
    warnings.warn({ hosts, error: message || code }, 'Redis connection failed');
  client.on('error', report);
  // A cluster's own error says only that all its nodes failed; this is the reason.
  client.on('node error', report);

  return {
    async run(command) {
      if (!availability.permits()) throw new Error('Redis has not answered lately and is skipped');
      const sentAt = now();
      try {
        const result = await withTimeLimit(config.commandTimeoutMs, command(client));
        availability.answered();
        return result;
      } catch (error) {
        if (error instanceof ReplyError) availability.answered();
        else availability.failed(sentAt);
        throw withoutArguments(error);
      }
    },

    masters() {
      const masters = client instanceof Cluster ? client.nodes('master') : [client];
      if (masters.length === 0) throw new Error('No master of the Redis cluster is known');
      return masters;
    },

    async close() {
      const hasSocket = client.status !== 'reconnecting' && client.status !== 'end';
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      client.once('end', resolve);
      client.disconnect();
      if (!hasSocket) return;
      const limit = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      await ended;
      clearTimeout(limit);
    },
  };
}

export interface RedisConnectionOptions {
  config: RedisConfig;
  now: Now;
  log: WarnLog;
}

/**
 * ioredis has a time limit of its own, but it begins when a command is written: one that waits for the pipeline
 * before it, or for a cluster's slots to be known, would wait on top of that.
 */
async function withTimeLimit<T>(limitMs: number, answer: Promise<T>): Promise<T> {
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Error(`Redis did not answer within ${limitMs} ms`));
  // Timers come before sockets: where it was us who stalled, the answer is waiting to be read, and is read first.
  const timer = setTimeout(() => setImmediate(giveUp), limitMs);
  try {
    return await Promise.race([answer, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

/** ioredis attaches the command to its errors, whose arguments may be the password or somebody's answer. */
function withoutArguments(error: unknown): unknown {
  if (error instanceof Error && 'command' in error) delete error.command;
  return error;
}
