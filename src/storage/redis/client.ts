import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../../config/config.ts';

export type RedisClient = Redis | Cluster;

/** Limit on opening a connection, TLS included. */
const CONNECT_TIMEOUT_MS = 1_000;
/** A connection that owes an answer and is silent for this long is closed, which frees what waits on it. */
const SILENCE_LIMIT_MS = 2_000;
/** Attempts to reach a node of a cluster again where it was: about 5 s. */
const NODE_RECONNECTS = 15;
/** How long a connection that is being closed may wait for the other side. */
const DISCONNECT_TIMEOUT_MS = 200;

/** Creates the ioredis client, which begins to connect at once. */
export function createRedisClient(config: RedisConfig): RedisClient {
  const [url] = config.urls;
  if (url === undefined) throw new TypeError('redis.url is empty: expected at least one redis:// address');
  return config.cluster ? createCluster(url, config) : createSingle(url);
}

function createSingle(url: string): Redis {
  return new Redis(url, {
    ...connectionOptions(),
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    retryStrategy: reconnectDelayMs,
  });
}

function createCluster(firstUrl: string, { urls }: RedisConfig): Cluster {
  const { username, password, protocol } = new URL(firstUrl);
  return new Cluster([...urls], {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    // A node that does not come back is given up: the cluster is then asked anew for its nodes.
    clusterNodeRetryStrategy: (attempt) => (attempt <= NODE_RECONNECTS ? reconnectDelayMs(attempt) : null),
    maxRedirections: 3,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    redisOptions: {
      ...connectionOptions(),
      // Nodes that the cluster tells of come without credentials: they are those of the first start node.
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  });
}

function connectionOptions() {
  return {
    // For those that nobody waits for any more: whoever does has a shorter limit, RedisConnection's.
    commandTimeout: SILENCE_LIMIT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    // Whoever sent it has been told that it failed: sent again it would take effect behind their back.
    autoResendUnfulfilledCommands: false,
    // After a failover the old address may lead to a replica for as long as this connection lives.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

/** Capped low: an attempt costs next to nothing, and Redis is used again half a second after its return. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(attempt * 50, 500);
}
