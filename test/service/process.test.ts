import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, SluiceError, textOf } from '@sluice/client';
import { afterEach, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../src/main.ts');

interface Started {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  exited: Promise<{ code: number | null; signal: string | null }>;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function start(yaml: string, environment: Record<string, string> = {}): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-process-'));
  folders.push(folder);
  await writeFile(join(folder, 'sluice.yaml'), yaml);
  const { PATH = '' } = process.env;
  const env = { PATH, SLUICE_CONFIG: join(folder, 'sluice.yaml'), ...environment };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, exited };
}

async function addressOf(gateway: Started): Promise<string> {
  await expect.poll(() => gateway.stderr(), { timeout: 15_000 }).toContain('Sluice listens on');
  return /listens on (\S+)/.exec(gateway.stderr())?.[1] ?? '';
}

const freePorts = 'server: { address: "127.0.0.1:0", metricsAddress: "127.0.0.1:0" }\n';

describe('the process', () => {
  it('says where it listens, which providers are on, and what to paste', async () => {
    const gateway = await start(freePorts, { OPENAI_API_KEY: 'sk-canary-0123456789abcdef' });
    const address = await addressOf(gateway);
    expect(gateway.stderr()).toMatch(/providers {2}demo, openai\n/);
    expect(gateway.stderr()).toContain(
      `grpcurl -plaintext -d '{"model":"demo","prompt":"hello"}' ${address} sluice.v1.CompletionService/Complete`,
    );
    expect(gateway.stdout() + gateway.stderr()).not.toContain('canary');
  });

  it('lets a running call finish when it is stopped, refuses new ones, and exits with 0', async () => {
    const gateway = await start(freePorts);
    const address = await addressOf(gateway);
    await using client = createClient({ address, maxAttempts: 1 });
    const running = client.stream({
      model: 'demo',
      prompt: 'hello',
      providerOptions: { demo: '{"intervalMs":60}' },
    });
    const events = running[Symbol.asyncIterator]();
    await events.next();
    gateway.process.kill('SIGTERM');
    await expect.poll(() => gateway.stdout()).toContain('"msg":"stopping"');
    await using late = createClient({ address, maxAttempts: 1 });
    const refused = await late
      .complete({ model: 'demo', prompt: 'too late' }, { timeoutMs: 2_000 })
      .catch((e) => e);
    expect(SluiceError.is(refused) && ['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(refused.status)).toBe(
      true,
    );
    let last = '';
    for (let step = await events.next(); !step.done; step = await events.next()) last = step.value.$case;
    expect(last).toBe('finished');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(gateway.stdout()).toContain('"msg":"completion finished"');
  });

  it('cuts a call that outlives the drain, with an error that says so, and exits with 0 all the same', async () => {
    const gateway = await start(
      'server: { address: "127.0.0.1:0", metricsAddress: off, drainTimeout: 300ms }\n',
    );
    await using client = createClient({ address: await addressOf(gateway), maxAttempts: 1 });
    const events = client.stream({ model: 'demo/stall-2', prompt: 'hello' })[Symbol.asyncIterator]();
    await events.next();
    gateway.process.kill('SIGTERM');
    const failure = (async () => {
      for (let step = await events.next(); !step.done; step = await events.next());
    })();
    await expect(failure).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'GATEWAY_OVERLOADED' });
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it('refuses a faulty configuration, every fault by name, and exits with 1', async () => {
    const gateway = await start('modells: {}\ncache: { ttl: soon }\n');
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(gateway.stderr()).toMatch(/modells.*models/);
    expect(gateway.stderr()).toMatch(/cache\.ttl.*"soon"/);
    expect(gateway.stderr()).not.toContain('at loadConfig');
  });

  it('says in a sentence that its port is taken', async () => {
    const first = await start(freePorts);
    const address = await addressOf(first);
    // Nothing else that is already open may keep it from ending.
    const yaml = `server: { address: "${address}", metricsAddress: "127.0.0.1:0" }\nredis: { url: "redis://127.0.0.1:9" }\n`;
    const second = await start(yaml);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr()).toContain(address);
    expect(second.stderr()).not.toContain('    at ');
  });

  it('keeps answers in a Redis that other processes share', async () => {
    const { startRedis } = await import('../support/redis-server.ts');
    const redis = await startRedis();
    try {
      const yaml = `${freePorts}redis: { url: "${redis.url}" }\n`;
      const [a, b] = [await start(yaml), await start(yaml)];
      await using first = createClient({ address: await addressOf(a) });
      await using second = createClient({ address: await addressOf(b) });
      const request = { model: 'demo', prompt: 'shared' };
      const answer = await first.complete(request);
      await expect
        .poll(async () => (await second.complete(request)).execution?.cacheStatus)
        .toBe('CACHE_STATUS_HIT');
      expect(textOf(await second.complete(request))).toBe(textOf(answer));
    } finally {
      await redis.stop();
    }
  });
});
