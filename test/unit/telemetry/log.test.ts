import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import type { Provider } from '../../../src/completion/ports/provider.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { AttemptOutcome } from '../../../src/gen/sluice/v1/execution.ts';
import { describeError } from '../../../src/telemetry/log.ts';
import { aCall, aRequest, aUsage } from '../../support/builders.ts';
import { anAnswer, anAttempt, answerCall, aTelemetry, COMPLETE, metadata, openai } from './a-telemetry.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traced = () => metadata({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });

describe('the log', () => {
  it('tells a completion in one line', async () => {
    const telemetry = await aTelemetry();
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: traced(), peer: '127.0.0.1:1' });
    answerCall(rpc, { usage: aUsage({ inputTokens: 3, outputTokens: 2 }) });
    rpc.ended('OK');
    await telemetry.shutdown();

    expect(telemetry.lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        service: 'test',
        msg: 'completion finished',
        trace_id: TRACE,
        span_id: '00f067aa0ba902b7',
        id: 'call-1',
        caller: 'checkout',
        model: 'fast',
        streamed: false,
        provider: 'openai-eu',
        provider_model: 'gpt-5-mini',
        ending: 'STOP',
        cache: 'MISS',
        attempts: 1,
        input_tokens: 3,
        output_tokens: 2,
        first_content_ms: 1_000,
        duration_ms: 2_000,
        gateway_ms: 5,
      },
    ]);
  });

  it('tells why a completion failed', async () => {
    const telemetry = await aTelemetry();
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const error = new GatewayError(ErrorReason.STREAM_INTERRUPTED, 'The stream broke.');
    rpc.completionSettled(aCall(), { ending: 'failed', error, partial: anAnswer({ usage: undefined }) });
    rpc.ended('UNAVAILABLE', error);
    await telemetry.shutdown();

    expect(telemetry.logged('completion failed')).toMatchObject([
      { level: 'info', ending: 'STREAM_INTERRUPTED' },
    ]);
  });

  it('warns of a failed attempt with what is needed to look into it', async () => {
    const telemetry = await aTelemetry();
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
    const cause = new TypeError('fetch failed', { cause: refused });
    await failAttempt(
      telemetry,
      new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'No connection.', { cause }),
    );

    expect(telemetry.logged('attempt at openai-eu failed')).toMatchObject([
      {
        level: 'warn',
        trace_id: TRACE,
        provider: 'openai-eu',
        model: 'gpt-5',
        number: 1,
        reason: 'PROVIDER_UNAVAILABLE',
        problem: 'No connection.',
        cause: 'TypeError < Error ECONNREFUSED',
      },
    ]);
  });

  it("leaves out a provider's own words, which may quote the prompt", async () => {
    const telemetry = await aTelemetry();
    const cause = new Error('400 Invalid message: "whispered"');
    await failAttempt(
      telemetry,
      new GatewayError(ErrorReason.PROVIDER_REJECTED_REQUEST, 'The provider refused.', {
        cause,
        httpStatus: 400,
        providerCode: 'invalid_message',
      }),
    );

    expect(telemetry.logged('attempt at openai-eu failed')).toMatchObject([
      { http_status: 400, provider_code: 'invalid_message' },
    ]);
    expect(telemetry.lines.join()).not.toContain('whispered');
  });

  it('does not let a provider that is down flood it, nor hide what another one does', async () => {
    const telemetry = await aTelemetry();
    const error = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'No connection.');
    const failed = anAttempt({ outcome: AttemptOutcome.FAILED });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const fail = (provider: Provider) =>
      rpc.attemptStarted({ provider, model: 'm' }, aRequest(), false).ended(failed, {}, { error });
    for (let i = 0; i < 500; i++) fail(openai);
    fail({ ...openai, name: 'other' });
    await telemetry.shutdown();

    expect(telemetry.logged('attempt at openai-eu failed')).toHaveLength(20);
    expect(telemetry.logged('attempt at other failed')).toHaveLength(1);
  });

  it('does not warn of an attempt whose caller left', async () => {
    const telemetry = await aTelemetry();
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const error = new GatewayError(ErrorReason.CANCELLED, 'The caller left.');
    const attempt = rpc.attemptStarted({ provider: openai, model: 'm' }, aRequest(), false);
    attempt.ended(anAttempt({ outcome: AttemptOutcome.CANCELLED }), {}, { error });
    await telemetry.shutdown();

    expect(telemetry.lines).toEqual([]);
  });

  it('keeps what a caller is not told: a bug, and a settlement that failed', async () => {
    const telemetry = await aTelemetry();
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: traced(), peer: '127.0.0.1:1' });
    rpc.failedQuietly('settle budget', new Error('store is gone'));
    const bug = new TypeError('x is not a function');
    rpc.ended('INTERNAL', new GatewayError(ErrorReason.INTERNAL, 'The gateway failed.', { cause: bug }));
    await telemetry.shutdown();

    expect(telemetry.logged('failed without the caller noticing')).toMatchObject([
      { level: 'error', trace_id: TRACE, what: 'settle budget', error: { message: 'store is gone' } },
    ]);
    expect(telemetry.logged('call failed unexpectedly')).toMatchObject([
      {
        level: 'error',
        trace_id: TRACE,
        error: { type: 'TypeError', stack: expect.stringContaining('log.test.ts') },
      },
    ]);
  });

  it('never shows a secret, wherever in a line it is', async () => {
    const canary = 'canary"key\\7';
    const telemetry = await aTelemetry({ secrets: [canary] });
    const cause = new Error(`refused ${canary}`, { cause: new Error(`deeper ${canary}`) });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.failedQuietly(canary, cause);
    telemetry.log.info(
      { url: `https://host/?key=${encodeURIComponent(canary)}`, headers: { canary } },
      canary,
    );
    await telemetry.shutdown();

    expect(telemetry.lines).toHaveLength(2);
    expect(telemetry.lines.join()).not.toMatch(/canary.{1,3}key/);
    expect(telemetry.lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        what: '[redacted]',
        error: { message: 'refused [redacted]', cause: { message: 'deeper [redacted]' } },
      },
      { url: 'https://host/?key=[redacted]', headers: { canary: '[redacted]' }, msg: '[redacted]' },
    ]);
  });

  it('writes nothing below its level', async () => {
    const telemetry = await aTelemetry({ logLevel: 'error' });
    telemetry.log.warn({}, 'not this');
    telemetry.log.error({}, 'but this');
    await telemetry.shutdown();

    expect(telemetry.lines).toHaveLength(1);
  });
});

describe('describeError', () => {
  it('takes nothing from an error but what it is and where it arose', () => {
    const error = Object.assign(new Error('refused'), {
      headers: { authorization: 'Bearer x' },
      request: { body: 'x' },
    });

    expect(describeError(error)).toEqual({ type: 'Error', message: 'refused', stack: error.stack });
  });

  it('ends where causes go round in a circle', () => {
    const error = new Error('round');
    error.cause = error;

    expect(JSON.stringify(describeError(error)).match(/"message":"round"/g)).toHaveLength(4);
  });

  it('describes what is not an error', () => {
    expect(describeError('gone')).toEqual({ message: 'gone' });
  });
});

async function failAttempt(
  telemetry: Awaited<ReturnType<typeof aTelemetry>>,
  error: GatewayError,
): Promise<void> {
  const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: traced(), peer: '127.0.0.1:1' });
  const attempt = rpc.attemptStarted({ provider: openai, model: 'gpt-5' }, aRequest(), false);
  attempt.ended(anAttempt({ outcome: AttemptOutcome.FAILED }), {}, { error });
  await telemetry.shutdown();
}
