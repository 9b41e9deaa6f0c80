import { SluiceError } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { says, startFakeOpenAi } from '../support/fake-openai.ts';
import { startGateway } from '../support/gateway.ts';

const demo = (model: string, weight?: number) => ({ provider: 'demo', model, ...(weight && { weight }) });
/** The demo provider streams at the pace of speech, but gives a short answer whole. */
const short = { model: 'm', prompt: 'hello', maxOutputTokens: 99 };
const answeredBy = ({ execution }: { execution?: { providerModel: string } | undefined }) =>
  execution?.providerModel;

describe('fallback models of a request', () => {
  it('are asked after those of its model, aliases and others alike', async () => {
    await using gateway = await startGateway({ models: { broken: { targets: [demo('fail-404')] } } });
    const { execution } = await gateway.client.complete({
      model: 'broken',
      prompt: 'hello',
      execution: { fallbackModels: ['demo/fail-401', 'broken', 'demo'] },
    });
    expect(execution?.attempts.map(({ providerModel }) => providerModel)).toEqual([
      'fail-404',
      'fail-401',
      'demo',
    ]);
  });

  it('are refused by name where there is no such model', async () => {
    await using gateway = await startGateway();
    const error = await gateway.client
      .complete({ model: 'demo', prompt: 'hello', execution: { fallbackModels: ['demo', 'nobody/x'] } })
      .catch((thrown: unknown) => thrown);
    expect(SluiceError.is(error) && error.reason).toBe('MODEL_NOT_FOUND');
    expect(error).toMatchObject({
      message: expect.stringContaining('execution.fallback_models[1]: "nobody/x"'),
      metadata: { field: 'execution.fallback_models[1]', model: 'nobody/x' },
    });
  });
});

describe('the targets of a model', () => {
  it('share its calls by their weights, exactly', async () => {
    const models = { m: { strategy: 'weighted', targets: [demo('demo', 3), demo('slow-1ms', 1)] } };
    await using gateway = await startGateway({ models, cache: { enabled: false } });
    const answers = [];
    for (let n = 0; n < 100; n++) answers.push(await gateway.client.complete(short));
    const calls = answers.map(answeredBy);
    expect(calls.filter((model) => model === 'demo')).toHaveLength(75);
    expect(calls.slice(0, 4).filter((model) => model === 'demo')).toHaveLength(3);
  });

  it('keep their end users to themselves, where that is asked for', async () => {
    const targets = [demo('demo', 1), demo('slow-1ms', 1), demo('slow-2ms', 1)];
    const models = { m: { strategy: 'weighted', affinity: 'endUser', targets } };
    await using gateway = await startGateway({ models, cache: { enabled: false } });
    const byUser = new Map<string, Set<string | undefined>>();
    for (let n = 0; n < 60; n++) {
      const endUser = `user-${n % 15}`;
      const answer = await gateway.client.complete({ ...short, endUser });
      byUser.set(endUser, (byUser.get(endUser) ?? new Set()).add(answeredBy(answer)));
    }
    expect([...byUser.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...byUser.values()].flatMap((models) => [...models])).size).toBe(3);
  });

  it('are asked cheapest first, by the prices that are configured', async () => {
    await using provider = await startFakeOpenAi(says('Hi'));
    const p = { kind: 'openai', apiKey: 'key-for-tests', baseUrl: provider.url };
    const at = (model: string) => ({ provider: 'p', model });
    await using gateway = await startGateway({
      providers: { p },
      models: { m: { strategy: 'cheapest', targets: [at('unpriced'), at('dear'), at('cheap')] } },
      prices: { dear: { inputPrice: 10, outputPrice: 10 }, cheap: { inputPrice: 1, outputPrice: 1 } },
    });
    expect(answeredBy(await gateway.client.complete(short))).toBe('cheap');
  });

  it('are asked fastest first', async () => {
    const models = { m: { strategy: 'fastest', targets: [demo('slow-60ms'), demo('demo')] } };
    await using gateway = await startGateway({ models, cache: { enabled: false } });
    const answers = [];
    for (let n = 0; n < 20; n++) answers.push(await gateway.client.complete(short));
    expect(answers.map(answeredBy).filter((model) => model === 'demo').length).toBeGreaterThanOrEqual(15);
  });
});
