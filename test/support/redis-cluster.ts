import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const SLOTS = 16_384;

/** A real Redis cluster of masters, each with its share of the slots. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
}

/** Starts a Redis cluster and waits until every node says that it is whole. */
export async function startRedisCluster({ size = 3 }: { size?: number } = {}): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack();
  const nodes: RedisServer[] = [];
  const busPorts: number[] = [];
  const clients: Redis[] = [];
  for (let n = 0; n < size; n++) {
    const busPort = await freePort();
    const node = started.use(await startRedis({ args: clusterArguments(busPort) }));
    nodes.push(node);
    busPorts.push(busPort);
    clients.push(new Redis(node.url));
  }
  try {
    await Promise.all(
      clients.map(async (client, n) => {
        await client.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot(n, size), firstSlot(n + 1, size) - 1);
        for (const [m, { port }] of nodes.entries()) {
          await client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[m] as number);
        }
      }),
    );
    await vi.waitFor(() => Promise.all(clients.map((client) => expectWhole(client, size))), {
      timeout: 20_000,
      interval: 100,
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
  const owned = started.move();
  return { nodes, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function expectWhole(client: Redis, size: number): Promise<void> {
  const info = await client.call('CLUSTER', 'INFO');
  expect(info).toContain('cluster_state:ok');
  expect(info).toContain(`cluster_slots_ok:${SLOTS}`);
  expect(info).toContain(`cluster_known_nodes:${size}`);
}

/** The bus port is said, since the usual one, 10,000 above the port, may not exist. */
function clusterArguments(busPort: number): string[] {
  return ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', `${busPort}`];
}

function firstSlot(node: number, size: number): number {
  return Math.ceil((node * SLOTS) / size);
}
