import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../test/support/redis-server.ts';
import { type AdapterName, isAdapter } from './adapters.ts';
import type { Subject } from './measure.ts';
import type { Child, Processes } from './processes.ts';
import { apiKey, type Row, type ServerName } from './rows.ts';

/** Starts servers and adapters by name, with what keeps them busy; undefined: this machine cannot have it. */
export interface Servers extends AsyncDisposable {
  start(name: Row['server']): Promise<Subject | undefined>;
}

/** One key, with one limit and one budget, none of which is ever met. */
const accounts = {
  keys: [
    {
      name: 'bench',
      sha256: hash('sha256', apiKey),
      limits: { requestsPerMinute: 100_000_000 },
      budgets: [{ amount: 9_000_000, per: 'month' }],
    },
  ],
  prices: { bench: { inputPrice: 1, outputPrice: 10, maxOutputTokens: 1_000 } },
};

/** Prepares to start servers that all speak to one fake provider. */
export async function createServers(processes: Processes): Promise<Servers> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const provider = await processes.start('fake-provider.ts', { core: 'other' });
  const origin = `http://${provider.address}`;
  const open = opening.move();
  let load: Child | undefined;

  return {
    async start(name) {
      if (isAdapter(name)) return startAdapter(name);
      load ??= await processes.start('load.ts', { core: 'other' });
      const server = await startServer(name);
      return server && { server, load };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };

  async function startAdapter(name: AdapterName): Promise<Subject> {
    const adapter = await processes.start('adapter.ts', { args: [name, origin], core: 'measured' });
    return { server: adapter, load: adapter };
  }

  async function startServer(name: ServerName): Promise<Child | undefined> {
    switch (name) {
      case 'floor':
      case 'floor again':
        return processes.start('floor-server.ts', { args: [origin], core: 'measured' });
      case 'echo':
        return processes.start('echo-server.ts', { core: 'measured' });
      case 'sluice':
        return startGateway('memory');
      case 'sluice + redis':
        return startGatewayWithRedis('redis');
      case 'sluice, accounts':
        return startGateway('accounts', accounts);
      case 'sluice, accounts + redis':
        // A call that its accounts cannot be asked about is refused, and Redis shares a core with all but the gateway.
        return startGatewayWithRedis('accounts-redis', { ...accounts, redis: { commandTimeout: '1s' } });
    }
  }

  async function startGatewayWithRedis(
    name: string,
    more: { redis?: object } = {},
  ): Promise<Child | undefined> {
    if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
    // Every answer is stored, so the oldest ones must go.
    const redis = await startRedis({ args: ['--maxmemory', '128mb', '--maxmemory-policy', 'allkeys-lru'] });
    open.use(redis);
    processes.pin(redis.pid, 'other');
    return startGateway(name, { ...more, redis: { url: redis.url, ...more.redis } });
  }

  /** The gateway as it is run: cache, breaker, metrics, traces and log on. Its log goes nowhere. */
  async function startGateway(name: string, more: object = {}): Promise<Child> {
    const config = {
      server: { address: '127.0.0.1:0', metricsAddress: '127.0.0.1:0' },
      providers: { openai: { kind: 'openai', apiKey: 'bench', baseUrl: `${origin}/v1` } },
      cache: { enabled: true },
      ...more,
    };
    const path = join(folder, `${name}.yaml`);
    // JSON is YAML.
    await writeFile(path, JSON.stringify(config));
    const env = { SLUICE_CONFIG: path, OTEL_EXPORTER_OTLP_ENDPOINT: origin, LOG_LEVEL: 'info' };
    return processes.start('../src/main.ts', { env, core: 'measured' });
  }
}
