import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import type { RedisCluster } from '../../support/redis-cluster.ts';
import type { RedisServer } from '../../support/redis-server.ts';

const RECOVERY = { timeout: 20_000, interval: 50 };

/** Has the replica of a master take its place, in agreement with it: nothing is lost. */
export async function failOver(cluster: RedisCluster, master: number): Promise<void> {
  const replica = cluster.replicas[master];
  if (!replica) throw new Error(`master ${master} has no replica: start the cluster with replicas`);
  await using commands = await connect(replica);
  // Redis gives up after five seconds where it did not get the votes, which may be while epochs are still agreed on.
  for (let attempt = 0; attempt < 3; attempt++) {
    await commands.client.call('CLUSTER', 'FAILOVER');
    if (await isPromoted(commands.client)) break;
  }
  await untilPromoted(commands.client);
}

/** Kills a master once its replica has everything, and waits until that has taken its place by election. */
export async function killMaster(cluster: RedisCluster, master: number): Promise<void> {
  const [node, replica] = [cluster.nodes[master], cluster.replicas[master]];
  if (!node || !replica) throw new Error(`master ${master} has no replica: start the cluster with replicas`);
  await using onMaster = await connect(node);
  await using onReplica = await connect(replica);
  // WAIT is for the writes of its own connection, and for all before them.
  await onMaster.client.set('{ledger}written', '1');
  expect(await onMaster.client.wait(1, 5_000)).toBe(1);
  await node.stop();
  await untilPromoted(onReplica.client);
}

async function isPromoted(client: Redis): Promise<boolean> {
  for (const end = Date.now() + 6_000; Date.now() < end; await delay(50)) {
    if ((await client.info('replication')).includes('role:master')) return true;
  }
  return false;
}

async function untilPromoted(client: Redis): Promise<void> {
  await vi.waitFor(async () => {
    expect(await client.info('replication')).toContain('role:master');
    expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
  }, RECOVERY);
}

async function connect({ url }: RedisServer): Promise<AsyncDisposable & { client: Redis }> {
  const client = new Redis(url);
  client.on('error', () => {});
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}
