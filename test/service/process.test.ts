import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient, SluiceError, textOf } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { freePorts, startGatewayProcess } from '../support/gateway-process.ts';

describe('the process', () => {
  it('says where it listens, which providers are on, and what to paste', async () => {
    await using gateway = await startGatewayProcess(
      { server: freePorts },
      { OPENAI_API_KEY: 'sk-canary-0123456789abcdef' },
    );
    const address = await gateway.address();
    expect(gateway.stderr()).toMatch(/providers {2}demo, openai\n/);
    expect(gateway.stderr()).toContain(
      `grpcurl -plaintext -d '{"model":"demo","prompt":"hello"}' ${address} sluice.v1.CompletionService/Complete`,
    );
    expect(gateway.stdout() + gateway.stderr()).not.toContain('canary');
  });

  it('lets a running call finish when it is stopped, refuses new ones, and exits with 0', async () => {
    await using gateway = await startGatewayProcess({ server: freePorts });
    const address = await gateway.address();
    await using client = createClient({ address, maxAttempts: 1 });
    const running = client.stream({
      model: 'demo',
      prompt: 'hello',
      providerOptions: { demo: '{"intervalMs":60}' },
    });
    const events = running[Symbol.asyncIterator]();
    await events.next();
    gateway.kill('SIGTERM');
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
    await using gateway = await startGatewayProcess({
      server: { address: '127.0.0.1:0', metricsAddress: 'off', drainTimeout: '300ms' },
    });
    await using client = createClient({ address: await gateway.address(), maxAttempts: 1 });
    const events = client.stream({ model: 'demo/stall-2', prompt: 'hello' })[Symbol.asyncIterator]();
    await events.next();
    gateway.kill('SIGTERM');
    const failure = (async () => {
      for (let step = await events.next(); !step.done; step = await events.next());
    })();
    await expect(failure).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'GATEWAY_OVERLOADED' });
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it('refuses a faulty configuration, every fault by name, and exits with 1', async () => {
    await using gateway = await startGatewayProcess({ modells: {}, cache: { ttl: 'soon' } });
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(gateway.stderr()).toMatch(/modells.*models/);
    expect(gateway.stderr()).toMatch(/cache\.ttl.*"soon"/);
    expect(gateway.stderr()).not.toContain('at loadConfig');
  });

  it('says in a sentence that its port is taken', async () => {
    await using first = await startGatewayProcess({ server: freePorts });
    const address = await first.address();
    // Nothing else that is already open may keep it from ending.
    await using second = await startGatewayProcess({
      server: { ...freePorts, address },
      redis: { url: 'redis://127.0.0.1:9' },
    });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr()).toContain(address);
    expect(second.stderr()).not.toContain('    at ');
  });

  it('keeps answers in a Redis that other processes share', async () => {
    const { startRedis } = await import('../support/redis-server.ts');
    const redis = await startRedis();
    try {
      const file = { server: freePorts, redis: { url: redis.url } };
      await using a = await startGatewayProcess(file);
      await using b = await startGatewayProcess(file);
      await using first = createClient({ address: await a.address() });
      await using second = createClient({ address: await b.address() });
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

  it('keeps its compiled code when it is left alone', async () => {
    // V8 collects what a process at rest may do without, and says so; here it does after a moment.
    const flags = ['--trace-gc', '--gc-memory-reducer-start-delay-ms=100', '--memory-reducer-delay-ms=100'];
    const collected = / \(reduce\) /;
    const atRest =
      'globalThis.kept = Array.from({ length: 1e6 }, (_, i) => ({ i })); setTimeout(() => {}, 1_500)';
    const another = promisify(execFile)(process.execPath, [...flags, '-e', atRest]);
    await using gateway = await startGatewayProcess({ server: freePorts }, {}, flags);
    await gateway.address();
    expect((await another).stdout).toMatch(collected);
    // Without the setting it is two seconds.
    await delay(4_000);
    expect(gateway.stdout()).toContain('"msg":"serving"');
    expect(gateway.stdout()).toContain(' Scavenge ');
    expect(gateway.stdout()).not.toMatch(collected);
  });
});
