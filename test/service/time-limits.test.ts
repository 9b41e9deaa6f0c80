import { SluiceError, textOf } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { says, startFakeOpenAi } from '../support/fake-openai.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { startSocketServer } from '../wire/socket-server.ts';

// What a request, a target and a provider say of the time limits, as a caller meets it.

const provider = (baseUrl: string, execution = {}) => ({
  kind: 'openai',
  apiKey: 'key-for-tests',
  baseUrl: `${baseUrl}/v1`,
  execution,
});
const target = (execution = {}) => ({ targets: [{ provider: 'p', model: 'gpt-x', execution }] });
const milliseconds = (ms: number) => ({ seconds: 0, nanos: ms * 1e6 });
const whole = { prompt: 'hello', maxOutputTokens: 9 };

/** A provider that takes connections and never answers, not even the handshake of TLS. */
async function startSilence() {
  const server = await startSocketServer(() => {});
  return { ...server, tlsUrl: server.url.replace('http', 'https') };
}

/** What the caller is told of the time-out that failed the call, and when. */
async function timeoutOf(call: Promise<unknown>) {
  const startedAt = performance.now();
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!SluiceError.is(error)) throw new Error(`no SluiceError, but ${error}`);
  const { status, reason, message, metadata } = error;
  const { timeout, timeoutMs } = metadata;
  return { status, reason, message, timeout, timeoutMs, took: performance.now() - startedAt };
}

type Execution = { connectTimeout?: object; responseTimeout?: object };

describe('connect_timeout of a request', () => {
  it.each([
    [
      'for a whole answer',
      ({ client }: Gateway, execution: Execution) =>
        client.complete({ model: 'p/gpt-x', ...whole, execution }),
    ],
    [
      'for a stream',
      ({ client }: Gateway, execution: Execution) =>
        client.stream({ model: 'p/gpt-x', prompt: 'hello', execution }).final(),
    ],
    [
      'for vectors',
      ({ client }: Gateway, execution: Execution) =>
        client.embeddings.embed({ model: 'p/text-embedding-3-small', texts: ['a'], execution }),
    ],
  ])('ends the attempt, and the error names it: %s', async (_, ask) => {
    await using silence = await startSilence();
    await using gateway = await startGateway({ providers: { p: provider(silence.tlsUrl) } });
    const failure = await timeoutOf(ask(gateway, { connectTimeout: milliseconds(60) }));
    expect(failure).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'PROVIDER_TIMEOUT',
      message: 'p did not accept a connection within 60 ms, its connect time-out.',
      timeout: 'connect',
      timeoutMs: '60',
    });
    // By default it is 5 s.
    expect(failure.took).toBeLessThan(2_000);
  });

  it('moves on to the next target', async () => {
    await using silence = await startSilence();
    await using well = await startFakeOpenAi(says('Here I am.'));
    await using gateway = await startGateway({
      providers: { a: provider(silence.tlsUrl), b: { ...provider(''), baseUrl: well.url } },
      models: {
        smart: {
          targets: [
            { provider: 'a', model: 'm-a' },
            { provider: 'b', model: 'm-b' },
          ],
        },
      },
    });
    const execution = { connectTimeout: milliseconds(60) };
    const answer = await gateway.client.complete({ model: 'smart', ...whole, execution });
    expect(textOf(answer)).toBe('Here I am.');
    expect(answer.execution?.attempts).toMatchObject([
      { provider: 'a', outcome: 'ATTEMPT_OUTCOME_FAILED', reason: 'PROVIDER_TIMEOUT' },
      { provider: 'b', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' },
    ]);
  });

  it('gives no more time than is configured', async () => {
    await using silence = await startSilence();
    await using gateway = await startGateway({
      providers: { p: provider(silence.tlsUrl, { connectTimeout: '60ms' }) },
    });
    const execution = { connectTimeout: { seconds: 3_600 } };
    const call = gateway.client.complete({ model: 'p/gpt-x', ...whole, execution });
    expect(await timeoutOf(call)).toMatchObject({ timeout: 'connect', timeoutMs: '60' });
  });

  it('is bounded by the deadline of the caller', async () => {
    await using silence = await startSilence();
    await using gateway = await startGateway({ providers: { p: provider(silence.tlsUrl) } });
    const execution = { connectTimeout: { seconds: 4 } };
    const call = gateway.client.complete({ model: 'p/gpt-x', ...whole, execution }, { timeoutMs: 200 });
    const failure = await timeoutOf(call);
    expect(failure.status).toBe('DEADLINE_EXCEEDED');
    expect(failure.took).toBeLessThan(2_000);
  });
});

describe('connectTimeout of a target', () => {
  it.each([
    ['longer', '1700ms', '1700'],
    ['shorter', '30ms', '30'],
  ])('may be %s than its provider’s, which holds for everything else', async (_, said, timeoutMs) => {
    await using silence = await startSilence();
    await using gateway = await startGateway({
      providers: { p: provider(silence.tlsUrl, { connectTimeout: '100ms' }) },
      models: { m: target({ connectTimeout: said }) },
    });
    const { client } = gateway;
    expect(await timeoutOf(client.complete({ model: 'm', ...whole }))).toMatchObject({ timeoutMs });
    for (const other of [
      client.complete({ model: 'p/gpt-x', ...whole }),
      client.admin.checkProvider({ name: 'p' }),
    ]) {
      expect(await timeoutOf(other)).toMatchObject({ timeout: 'connect', timeoutMs: '100' });
    }
  });
});

describe('response_timeout of a request', () => {
  it.each([
    [
      'for a whole answer',
      ({ client }: Gateway, execution: Execution) =>
        client.complete({ model: 'p/gpt-x', ...whole, execution }),
    ],
    [
      'for vectors',
      ({ client }: Gateway, execution: Execution) =>
        client.embeddings.embed({ model: 'p/text-embedding-3-small', texts: ['a'], execution }),
    ],
  ])('ends the attempt, and the error names it: %s', async (_, ask) => {
    await using silence = await startSilence();
    await using gateway = await startGateway({ providers: { p: provider(silence.url) } });
    expect(await timeoutOf(ask(gateway, { responseTimeout: milliseconds(60) }))).toMatchObject({
      status: 'UNAVAILABLE',
      reason: 'PROVIDER_TIMEOUT',
      timeout: 'response',
      timeoutMs: '60',
    });
    await expect.poll(() => silence.open.size).toBe(0);
  });

  it('goes before what is said for the target, that before the provider’s, and that before the general one', async () => {
    await using silence = await startSilence();
    await using gateway = await startGateway({
      providers: {
        p: provider(silence.url, { responseTimeout: '80ms' }),
        q: provider(silence.url),
      },
      models: { m: target({ responseTimeout: '70ms' }) },
      execution: { responseTimeout: '90ms' },
      breaker: { volumeThreshold: 100 },
    });
    const limitOf = async (model: string, execution: Execution = {}) =>
      (await timeoutOf(gateway.client.complete({ model, ...whole, execution }))).timeoutMs;
    expect(await limitOf('m', { responseTimeout: milliseconds(60) })).toBe('60');
    expect(await limitOf('m')).toBe('70');
    expect(await limitOf('p/gpt-x')).toBe('80');
    expect(await limitOf('q/gpt-x')).toBe('90');
  });

  it('holds for an exact count of tokens, too, which then is an estimate', async () => {
    await using silence = await startSilence();
    await using gateway = await startGateway({
      providers: { p: { kind: 'anthropic', apiKey: 'key-for-tests', baseUrl: silence.url } },
    });
    const execution = { responseTimeout: milliseconds(60) };
    const request = { model: 'p/claude', prompt: 'hello', execution };
    expect(await gateway.client.models.countTokens({ request })).toMatchObject({ estimated: true });
  });
});
