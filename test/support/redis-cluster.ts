import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const SLOTS = 16_384;

/** A real Redis cluster of masters, each with its share of the slots. */
export interface RedisCluster extends AsyncDisposable {
  /** The masters at the start. */
  readonly nodes: readonly RedisServer[];
  /** In the order of their masters; none unless asked for. */
  readonly replicas: readonly RedisServer[];
  /** Which of the masters had the slot of a key at the start. */
  ownerOf(key: string): Promise<number>;
}

/**
 * Starts a Redis cluster and waits until every node says that it is whole. With `replicas` each master has one, which takes
 * its place within seconds of its death.
 */
export async function startRedisCluster({
  size = 3,
  replicas = false,
}: {
  size?: number;
  replicas?: boolean;
} = {}): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack();
  const nodes: RedisServer[] = [];
  const busPorts: number[] = [];
  const clients: Redis[] = [];
  const count = replicas ? 2 * size : size;
  for (let n = 0; n < count; n++) {
    const busPort = await freePort();
    const node = started.use(await startRedis({ args: clusterArguments(busPort, replicas) }));
    nodes.push(node);
    busPorts.push(busPort);
    clients.push(new Redis(node.url));
  }
  const masters = clients.slice(0, size);
  try {
    await Promise.all(
      clients.map(async (client, n) => {
        if (n < size) {
          await client.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot(n, size), firstSlot(n + 1, size) - 1);
        }
        for (const [m, { port }] of nodes.entries()) {
          await client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[m] as number);
        }
      }),
    );
    await untilAll(clients, (client) => expectWhole(client, count));
    for (const [n, replica] of clients.slice(size).entries()) {
      const master = await masters[n]?.call('CLUSTER', 'MYID');
      await replica.call('CLUSTER', 'REPLICATE', String(master));
    }
    if (replicas) await untilAll(clients, (client) => expectReplicas(client, size));
  } finally {
    for (const client of clients) client.disconnect();
  }
  const owned = started.move();
  return {
    nodes: nodes.slice(0, size),
    replicas: nodes.slice(size),
    async ownerOf(key) {
      await using asked = new AsyncDisposableStack();
      const client = asked.adopt(new Redis(nodes[0]?.url ?? ''), (each) => each.disconnect());
      const slot = Number(await client.call('CLUSTER', 'KEYSLOT', key));
      return Array.from({ length: size }, (_, n) => n).findLastIndex((n) => firstSlot(n, size) <= slot);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function untilAll(
  clients: readonly Redis[],
  expectation: (client: Redis) => Promise<void>,
): Promise<void> {
  await vi.waitFor(() => Promise.all(clients.map(expectation)), { timeout: 20_000, interval: 100 });
}

/** A node knows every replica, and is one with its master where it is one. */
async function expectReplicas(client: Redis, size: number): Promise<void> {
  const nodes = String(await client.call('CLUSTER', 'NODES')).split('\n');
  expect(nodes.filter((node) => / (myself,)?slave /.test(node))).toHaveLength(size);
  expect(await client.info('replication')).toMatch(/role:master|master_link_status:up/);
}

async function expectWhole(client: Redis, size: number): Promise<void> {
  const info = await client.call('CLUSTER', 'INFO');
  expect(info).toContain('cluster_state:ok');
  expect(info).toContain(`cluster_slots_ok:${SLOTS}`);
  expect(info).toContain(`cluster_known_nodes:${size}`);
}

/** The bus port is said, since the usual one, 10,000 above the port, may not exist. */
function clusterArguments(busPort: number, replicas: boolean): string[] {
  const cluster = [
    '--cluster-enabled',
    'yes',
    '--cluster-announce-ip',
    '127.0.0.1',
    '--cluster-port',
    `${busPort}`,
  ];
  // A replica is there at once, and soon notices that its master is not.
  const replication = ['--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'];
  return replicas ? [...cluster, ...replication] : cluster;
}

function firstSlot(node: number, size: number): number {
  return Math.ceil((node * SLOTS) / size);
}
