import { credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  HealthCheckResponse_ServingStatus as Health,
  type HealthCheckResponse,
  HealthClient,
} from '../../src/gen/grpc/health/v1/health.ts';
import { fails, says, startFakeOpenAi } from '../support/fake-openai.ts';
import { startGateway } from '../support/gateway.ts';

describe('the circuit of a provider that fails and recovers', () => {
  it('is told by ListProviders, metrics, health and the log alike', async () => {
    let isDown = true;
    await using provider = await startFakeOpenAi((request, response) =>
      (isDown ? fails(503) : says('Hi'))(request, response),
    );
    await using gateway = await startGateway({
      providers: { p: { kind: 'openai', apiKey: 'key-for-tests', baseUrl: provider.url } },
      execution: { maxAttempts: 1 },
      breaker: { resetTimeout: '300ms' },
      cache: { enabled: false },
    });
    const health = new HealthClient(gateway.address, credentials.createInsecure());
    const call = () =>
      gateway.client.complete({ model: 'p/gpt-x', prompt: 'hello' }).catch((error: unknown) => error);
    const told = async () => ({
      listed: (await gateway.client.admin.listProviders()).providers.find(({ name }) => name === 'p')
        ?.circuit,
      metric: /^sluice_circuit_state\{provider="p"\S* (\d)$/m.exec(
        await (await fetch(gateway.metricsUrl)).text(),
      )?.[1],
      provider: (await check(health, 'providers/p')).status,
      gateway: (await check(health, '')).status,
    });

    expect(await told()).toEqual({
      listed: 'CIRCUIT_STATE_CLOSED',
      metric: '0',
      provider: Health.SERVING,
      gateway: Health.SERVING,
    });

    for (let n = 0; n < 5; n++) await call();
    await expect.poll(told, { interval: 5 }).toEqual({
      listed: 'CIRCUIT_STATE_OPEN',
      metric: '2',
      provider: Health.NOT_SERVING,
      // Restarting the gateway would not help its providers.
      gateway: Health.SERVING,
    });

    isDown = false;
    await expect
      .poll(async () => ((await call()) as { finishReason?: string }).finishReason)
      .toBe('FINISH_REASON_STOP');
    await expect.poll(told).toEqual({
      listed: 'CIRCUIT_STATE_CLOSED',
      metric: '0',
      provider: Health.SERVING,
      gateway: Health.SERVING,
    });
    health.close();
    const lines = gateway.log.join('');
    expect(lines).toContain('circuit opened');
    expect(lines).toContain('circuit closed');
  });
});

describe('the circuit of the demo provider', () => {
  const afterFaults = async (file: Record<string, unknown>) => {
    await using gateway = await startGateway({ execution: { maxAttempts: 1 }, ...file });
    const ask = (model: string) => gateway.client.complete({ model, prompt: 'hello' });
    for (let n = 0; n < 10; n++) await ask('demo/fail-503').catch(() => {});
    return await ask('demo').then(
      ({ finishReason }) => finishReason,
      ({ reason }) => reason,
    );
  };

  it('stays closed, whatever faults were asked for', async () => {
    expect(await afterFaults({})).toBe('FINISH_REASON_STOP');
    expect(await afterFaults({ breaker: { volumeThreshold: 2 } })).toBe('FINISH_REASON_STOP');
  });

  it('opens where the configuration names the provider itself', async () => {
    expect(await afterFaults({ providers: { demo: { kind: 'demo' } } })).toBe('CIRCUIT_OPEN');
  });
});

function check(health: HealthClient, service: string): Promise<HealthCheckResponse> {
  return new Promise((resolve, reject) => {
    health.check({ service }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}
