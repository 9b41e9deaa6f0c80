// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { textOf } from '@sluice/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  HealthCheckResponse_ServingStatus as Health,
  type HealthCheckResponse,
  HealthClient,
} from '../../src/gen/grpc/health/v1/health.ts';
import { delta, fails, type Respond, says, startFakeOpenAi } from '../support/fake-openai.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-reload-'));
});
afterAll(() => rm(folder, { recursive: true }));

const openai = (baseUrl: string, apiKey = 'key-for-tests', more = {}) => ({
  kind: 'openai',
  apiKey,
  baseUrl,
  ...more,
});
const request = { model: 'p/gpt-x', prompt: 'hello', cache: { mode: 'CACHE_MODE_BYPASS' as const } };

/** One whose answer is asked for whole. */
const whole = { ...request, maxOutputTokens: 9 };

/** A provider whose streams begin, and end when they are told to. */
function beginsAndWaits(): { respond: Respond; end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    async respond(request, response) {
      if (!request.body['stream']) {
        await says('whole')(request, response);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta({ content: 'begun' }));
      await promise;
      response.write('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n');
      response.end('data: [DONE]\n\n');
    },
    end: resolve,
  };
}

/** Follows a stream to its end: what its last event was. */
async function lastOf(events: AsyncIterator<{ $case: string }>): Promise<string> {
  let last = '';
  for (let step = await events.next(); !step.done; step = await events.next()) last = step.value.$case;
  return last;
}

async function reload(gateway: Gateway, validateOnly = false): Promise<string[]> {
  return (await gateway.client.admin.reloadConfig({ validateOnly })).changes;
}

describe('a key in a file', () => {
  it('is rotated by a reload: the next call shows the new one, and one in flight ends with the old one', async () => {
    const file = join(folder, 'key');
    await writeFile(file, 'first-canary-key\n');
    const slow = beginsAndWaits();
    await using provider = await startFakeOpenAi(slow.respond);
    await using gateway = await startGateway({
      providers: { p: openai(provider.url, `\${file:${file}}`) },
    });
    const events = gateway.client.stream(request)[Symbol.asyncIterator]();
    await events.next();

    await writeFile(file, 'second-canary-key\n');
    expect(await reload(gateway)).toEqual(['providers.p.apiKey changed.']);
    expect(await reload(gateway)).toEqual([]);
    slow.end();
    expect(await lastOf(events)).toBe('finished');
    await gateway.client.complete(whole);
    expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first-canary-key',
      'Bearer second-canary-key',
    ]);
    expect(gateway.log.join('')).not.toContain('canary-key');
  });

  it('that is not there any more is a fault, and the old one stays in use', async () => {
    const file = join(folder, 'gone');
    await writeFile(file, 'the-only-key');
    await using provider = await startFakeOpenAi(says('Hi'));
    await using gateway = await startGateway({ providers: { p: openai(provider.url, `\${file:${file}}`) } });
    await rm(file);
    expect(await reload(gateway).catch((e) => e)).toMatchObject({ reason: 'INVALID_REQUEST' });
    await gateway.client.complete(whole);
    expect(provider.requests[0]?.headers.authorization).toBe('Bearer the-only-key');
  });
});

describe('ReloadConfig', () => {
  it('only tells what would change where that is all one wants', async () => {
    await using gateway = await startGateway({});
    gateway.write({ models: { fast: { targets: [{ provider: 'demo', model: 'demo' }] } } });
    expect(await reload(gateway, true)).toEqual(['models.fast was added.']);
    await expect(gateway.client.complete({ model: 'fast', prompt: 'hello' })).rejects.toMatchObject({
      reason: 'MODEL_NOT_FOUND',
    });
    expect(await reload(gateway)).toEqual(['models.fast was added.']);
    expect(textOf(await gateway.client.complete({ model: 'fast', prompt: 'hello' }))).not.toBe('');
  });

  it('refuses a faulty configuration with each fault by its path, and changes nothing', async () => {
    await using gateway = await startGateway({
      models: { fast: { targets: [{ provider: 'demo', model: 'demo' }] } },
    });
    gateway.write({
      cache: { ttl: 'soon' },
      providers: { p: { kind: 'openai', apiKey: 'canary canary' } },
    });
    const error = await reload(gateway).catch((e) => e);
    expect(error).toMatchObject({
      reason: 'INVALID_REQUEST',
      status: 'INVALID_ARGUMENT',
      metadata: { faults: '2' },
    });
    expect(error.fieldViolations.map(({ field }: { field: string }) => field).sort()).toEqual([
      'cache.ttl',
      'providers.p.apiKey',
    ]);
    await gateway.client.complete({ model: 'fast', prompt: 'hello' });
    const log = gateway.log.join('');
    expect(log).toContain('configuration refused, nothing has changed');
    expect(log).toContain('cache.ttl is \\"soon\\"');
    expect(log + JSON.stringify(error)).not.toContain('canary');
  });

  it('applies what it can, and says each time what needs a restart, until that is taken back', async () => {
    await using gateway = await startGateway({ telemetry: { serviceName: 'one' } });
    gateway.write({ telemetry: { serviceName: 'two' }, cache: { ttl: '1m' } });
    const restart = 'telemetry.serviceName changed from "one" to "two"; this needs a restart.';
    expect(await reload(gateway)).toEqual(['cache.ttl was added: "1m".', restart]);
    expect(await reload(gateway)).toEqual([restart]);
    gateway.write({ telemetry: { serviceName: 'one' }, cache: { ttl: '1m' } });
    expect(await reload(gateway)).toEqual([]);
  });

  it('is in the log with who wanted it', async () => {
    await using gateway = await startGateway({});
    gateway.write({ cache: { enabled: false } });
    await reload(gateway);
    await gateway.reload({ validateOnly: false, by: { signal: 'SIGHUP' } });
    const lines = gateway.log.map((line) => JSON.parse(line)).filter(({ msg }) => /^configuration/.test(msg));
    expect(lines).toMatchObject([
      { msg: 'configuration read again', caller: 'anonymous', changes: 1 },
      { msg: 'configuration changed', caller: 'anonymous', change: 'cache.enabled was added: false.' },
      { msg: 'configuration read again', signal: 'SIGHUP', changes: 0 },
    ]);
  });

  it('has those who ask at once wait for each other: each tells what it has changed itself', async () => {
    await using gateway = await startGateway({});
    gateway.write({ cache: { enabled: false } });
    const told = await Promise.all(Array.from({ length: 5 }, () => reload(gateway)));
    expect(told).toEqual([['cache.enabled was added: false.'], [], [], [], []]);
  });
});

describe('the providers of a configuration that is reloaded', () => {
  it('come and go, in ListProviders, metrics and health alike', async () => {
    await using gateway = await startGateway({ providers: { a: { kind: 'demo' }, b: { kind: 'demo' } } });
    const health = new HealthClient(gateway.address, credentials.createInsecure());
    const watched: Health[] = [];
    const watch = health.watch({ service: 'providers/b' });
    watch.on('data', ({ status }: HealthCheckResponse) => watched.push(status)).on('error', () => {});
    const told = async () => ({
      listed: (await gateway.client.admin.listProviders()).providers.map(({ name }) => name),
      gauges: [...(await metricsOf(gateway)).matchAll(/^sluice_circuit_state\{provider="(\w+)"/gm)].map(
        ([, name]) => name,
      ),
      health: await Promise.all(['a', 'b', 'c'].map((name) => check(health, `providers/${name}`))),
    });
    expect(await told()).toEqual({
      listed: ['a', 'b', 'demo'],
      gauges: expect.arrayContaining(['a', 'b']),
      health: [Health.SERVING, Health.SERVING, undefined],
    });

    gateway.write({ providers: { a: { kind: 'demo' }, c: { kind: 'demo' } } });
    expect(await reload(gateway)).toEqual(['providers.b was removed.', 'providers.c was added.']);
    const after = await told();
    expect(after.listed).toEqual(['a', 'c', 'demo']);
    expect(after.gauges.sort()).toEqual(['a', 'c', 'demo']);
    expect(after.health).toEqual([Health.SERVING, undefined, Health.SERVING]);
    await expect.poll(() => watched).toEqual([Health.SERVING, Health.SERVICE_UNKNOWN]);
    await expect(gateway.client.complete({ model: 'b/demo', prompt: 'x' })).rejects.toMatchObject({
      reason: 'MODEL_NOT_FOUND',
    });
    watch.cancel();
    health.close();
  });

  it('keep their circuit where they are configured as before, whatever else changes; a new key begins anew', async () => {
    await using provider = await startFakeOpenAi(fails(503));
    const file = (key: string, more = {}) => ({
      providers: { p: openai(provider.url, key) },
      execution: { maxAttempts: 1 },
      ...more,
    });
    await using gateway = await startGateway(file('key-one'));
    const health = new HealthClient(gateway.address, credentials.createInsecure());
    const told = async () => [
      (await gateway.client.admin.listProviders()).providers.find(({ name }) => name === 'p')?.circuit,
      await check(health, 'providers/p'),
    ];
    for (let n = 0; n < 5; n++) await gateway.client.complete(whole).catch(() => {});
    await expect.poll(told).toEqual(['CIRCUIT_STATE_OPEN', Health.NOT_SERVING]);

    gateway.write(file('key-one', { execution: { maxAttempts: 2, idleTimeout: '9s' } }));
    await reload(gateway);
    expect(await told()).toEqual(['CIRCUIT_STATE_OPEN', Health.NOT_SERVING]);
    gateway.write(file('key-two'));
    await reload(gateway);
    expect(await told()).toEqual(['CIRCUIT_STATE_CLOSED', Health.SERVING]);
    health.close();
  });

  it('that are gone serve the calls that they have, and close when these are over', async () => {
    const slow = beginsAndWaits();
    await using provider = await startFakeOpenAi(slow.respond);
    await using gateway = await startGateway({ providers: { p: openai(provider.url) } });
    const events = gateway.client.stream(request)[Symbol.asyncIterator]();
    await events.next();
    gateway.write({ providers: {} });
    await reload(gateway);
    await expect(gateway.client.complete(whole)).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    expect(await provider.connections()).toBe(1);
    slow.end();
    expect(await lastOf(events)).toBe('finished');
    await expect.poll(() => provider.connections()).toBe(0);
  });
});

describe('the limit on calls in flight', () => {
  it('counts those that began before a reload, and has its new numbers at once', async () => {
    const slow = beginsAndWaits();
    await using provider = await startFakeOpenAi(slow.respond);
    const file = (maxConcurrency: number) => ({
      server: { maxConcurrency, maxQueueLength: 1, queueTimeout: '50ms' },
      providers: { p: openai(provider.url) },
    });
    await using gateway = await startGateway(file(1));
    const events = gateway.client.stream(request)[Symbol.asyncIterator]();
    await events.next();
    const other = () =>
      gateway.client.complete(whole).then(
        () => 'served',
        (error) => error.reason,
      );
    expect(await other()).toBe('GATEWAY_OVERLOADED');
    gateway.write(file(2));
    expect(await reload(gateway)).toEqual(['server.maxConcurrency changed from 1 to 2.']);
    expect(await other()).toBe('served');
    gateway.write(file(1));
    await reload(gateway);
    expect(await other()).toBe('GATEWAY_OVERLOADED');
    slow.end();
    expect(await lastOf(events)).toBe('finished');
    expect(await other()).toBe('served');
  });
});

describe('fifty reloads under load', () => {
  it('fail no call, and leave nothing behind', { timeout: 60_000 }, async () => {
    await using provider = await startFakeOpenAi(says('one two three four five', { intervalMs: 3 }));
    const file = (n: number) => ({
      providers: { p: openai(provider.url, `key-number-${n}`), [`q${n}`]: openai(provider.url) },
      breaker: { rollingCountTimeout: `${10 + n}s` },
      cache: { enabled: false },
    });
    await using gateway = await startGateway(file(0));
    await gateway.client.complete(whole);
    const resources = countResources();
    let stopped = false;
    const outcomes = new Map<string, number>();
    const callers = Array.from({ length: 20 }, async (_, n) => {
      while (!stopped) {
        const call = n % 2 ? gateway.client.complete(whole) : gateway.client.stream(request).final();
        const outcome = await call.then(textOf, (error: unknown) => String(error));
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    });
    for (let n = 1; n <= 50; n++) {
      gateway.write(file(n));
      expect(await reload(gateway)).not.toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    stopped = true;
    await Promise.all(callers);

    expect([...outcomes.keys()]).toEqual(['one two three four five']);
    expect(outcomes.get('one two three four five')).toBeGreaterThan(100);
    const keys = new Set(provider.requests.map(({ headers }) => headers.authorization));
    expect(keys.size).toBeGreaterThan(25);
    // One pool is left, with as many connections as had calls at once.
    await expect.poll(() => provider.connections()).toBeLessThanOrEqual(20);
    await expect.poll(() => countResources().timers - resources.timers).toBeLessThanOrEqual(5);
    expect((await gateway.client.admin.listProviders()).providers.map(({ name }) => name)).toEqual([
      'demo',
      'p',
      'q50',
    ]);
  });
});

describe('the process', () => {
  it('reloads on SIGHUP: the log has the changes, or the faults, and calls go on', async () => {
    await using gateway = await startGatewayProcess({
      server: { address: '127.0.0.1:0', metricsAddress: 'off' },
      cache: { ttl: '1h' },
    });
    await gateway.address();
    await gateway.write({ server: { address: '127.0.0.1:0', metricsAddress: 'off' }, cache: { ttl: '2h' } });
    gateway.kill('SIGHUP');
    await expect.poll(() => gateway.stdout()).toContain('cache.ttl changed from \\"1h\\" to \\"2h\\".');
    await gateway.write({ cache: { ttl: 'soon' } });
    gateway.kill('SIGHUP');
    await expect.poll(() => gateway.stdout()).toContain('cache.ttl is \\"soon\\"');
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });
});

function countResources(): { timers: number } {
  const resources = process.getActiveResourcesInfo();
  return { timers: resources.filter((name) => name === 'Timeout').length };
}

async function metricsOf({ metricsUrl }: Gateway): Promise<string> {
  return (await fetch(metricsUrl)).text();
}

/** Undefined: nobody knows it. */
function check(health: HealthClient, service: string): Promise<Health | undefined> {
  return new Promise((resolve) => {
    health.check({ service }, (error, response) => resolve(error ? undefined : response.status));
  });
}
