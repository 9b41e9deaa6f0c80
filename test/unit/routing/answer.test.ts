import { describe, expect, it } from 'vitest';
import { GatewayError, type Reason } from '../../../src/completion/error.ts';
import { createFold } from '../../../src/completion/fold.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { answer } from '../../../src/routing/answer.ts';
import {
  aCall,
  aProvider,
  aRequest,
  aRouting,
  aTarget,
  everything,
  executionConfig,
  finished,
  follow,
  leaving,
  silentTelemetry,
  text,
  textOf,
} from '../../support/builders.ts';

const failure = (reason: Reason, retryAfterMs?: number) => new GatewayError(reason, 'no', { retryAfterMs });
const unavailable = failure(ErrorReason.PROVIDER_UNAVAILABLE);
const healthy = (name = 'healthy') =>
  aProvider({ name, play: () => [[text('Hi')], [text(' there'), finished()]] });
const broken = (name = 'broken', reason: Reason = ErrorReason.PROVIDER_UNAVAILABLE) =>
  aProvider({ name, play: () => [[], failure(reason)] });
const interrupted = () => aProvider({ name: 'interrupted', play: () => [[text('Half')], unavailable] });

describe('failing over', () => {
  it('answers from the first target, beginning with started and ending with finished', async () => {
    const call = aCall();
    const { events, error } = await follow((show) =>
      answer(call, { targets: [aTarget(healthy())], show, ...aRouting() }),
    );
    expect(error).toBeUndefined();
    expect(events.map(({ $case }) => $case)).toEqual(['started', 'textDelta', 'textDelta', 'finished']);
    expect(call.attempts).toMatchObject([
      { provider: 'healthy', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED', reason: '' },
    ]);
  });

  it('tells of the first content before the end, also where both come in one batch', async () => {
    const told: string[] = [];
    const attempt = {
      firstContent: () => void told.push('first content'),
      ended: () => void told.push('ended'),
    };
    const telemetry = { ...silentTelemetry(), attemptStarted: () => attempt };
    const target = aTarget(aProvider({ play: () => [[text('Hi'), finished()]] }));
    await follow((show) => answer(aCall({ telemetry }), { targets: [target], show, ...aRouting() }));
    expect(told).toEqual(['first content', 'ended']);
    expect(target.activity.medianTimeToFirstContentMs()).toBeDefined();
  });

  it('moves on before the first content without the caller noticing', async () => {
    const call = aCall();
    const { events } = await follow((show) =>
      answer(call, { targets: [aTarget(broken()), aTarget(healthy())], show, ...aRouting() }),
    );
    expect(events[0]).toMatchObject({ $case: 'started', value: { provider: 'healthy' } });
    expect(events.map(({ $case }) => $case)).not.toContain('failedOver');
    expect(call.attempts).toMatchObject([
      { provider: 'broken', outcome: 'ATTEMPT_OUTCOME_FAILED', reason: 'PROVIDER_UNAVAILABLE' },
      { provider: 'healthy', outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' },
    ]);
  });

  it('ends a streamed call that broke after content with STREAM_INTERRUPTED, and asks nobody else', async () => {
    const next = healthy();
    const call = aCall();
    const { events, error } = await follow((show) =>
      answer(call, { targets: [aTarget(interrupted()), aTarget(next)], show, ...aRouting() }),
    );
    expect(events.map(({ $case }) => $case)).toEqual(['started', 'textDelta']);
    expect(error).toMatchObject({ reason: ErrorReason.STREAM_INTERRUPTED });
    expect(next.calls).toHaveLength(0);
    expect(call.attempts).toMatchObject([
      { outcome: 'ATTEMPT_OUTCOME_INTERRUPTED', reason: 'PROVIDER_UNAVAILABLE' },
    ]);
  });

  it('begins a unary call again elsewhere when it breaks after content, since nobody has seen any', async () => {
    const call = aCall({ streamed: false });
    const { events, error } = await follow((show) =>
      answer(call, { targets: [aTarget(interrupted()), aTarget(healthy())], show, ...aRouting() }),
    );
    expect(error).toBeUndefined();
    const fold = createFold();
    fold.add(events);
    expect(textOf(fold.answer())).toBe('Hi there');
  });

  it.each([
    ErrorReason.PROVIDER_REJECTED_REQUEST,
    ErrorReason.CONTEXT_LENGTH_EXCEEDED,
    ErrorReason.CONTENT_BLOCKED,
    ErrorReason.INTERNAL,
  ])('does not try another target after %s', async (reason) => {
    const next = healthy();
    const { error } = await follow((show) =>
      answer(aCall(), { targets: [aTarget(broken('b', reason)), aTarget(next)], show, ...aRouting() }),
    );
    expect(error).toMatchObject({ reason });
    expect(next.calls).toHaveLength(0);
  });

  it('tells the most telling of several failures, and the soonest of equal ones', async () => {
    const limited = (name: string, ms: number) =>
      aProvider({ name, play: () => [failure(ErrorReason.PROVIDER_RATE_LIMITED, ms)] });
    const targets = [aTarget(broken()), aTarget(limited('a', 9_000)), aTarget(limited('b', 2_000))];
    const { error } = await follow((show) => answer(aCall(), { targets, show, ...aRouting() }));
    expect(error).toMatchObject({
      reason: ErrorReason.PROVIDER_RATE_LIMITED,
      details: { retryAfterMs: 2_000 },
    });
  });

  it('makes at most max_attempts tries, not counting circuits that refuse', async () => {
    const open = aTarget(broken('open'));
    for (let n = 0; n < 5; n++) open.breaker.admit().failed(new Error());
    await new Promise((resolve) => setImmediate(resolve));
    const call = aCall({ request: aRequest({ execution: { maxAttempts: 2 } }) });
    const never = healthy('never');
    await follow((show) =>
      answer(call, {
        targets: [open, aTarget(broken('a')), aTarget(broken('b')), aTarget(never)],
        show,
        ...aRouting(),
      }),
    );
    expect(call.attempts.map(({ provider, outcome }) => `${provider} ${outcome}`)).toEqual([
      'open ATTEMPT_OUTCOME_SKIPPED',
      'a ATTEMPT_OUTCOME_FAILED',
      'b ATTEMPT_OUTCOME_FAILED',
    ]);
    expect(never.calls).toHaveLength(0);
  });

  it('passes over a model that cannot see the request’s image', async () => {
    const blind = aProvider({
      name: 'blind',
      capabilities: { ...everything, imageInput: false },
      play: () => [],
    });
    const image = {
      $case: 'image' as const,
      value: { mediaType: 'image/png', source: { $case: 'uri' as const, value: 'https://x/y.png' } },
    };
    const request = aRequest({ messages: [{ role: 'ROLE_USER', parts: [{ part: image }] }] });
    const { events } = await follow((show) =>
      answer(aCall({ request }), { targets: [aTarget(blind), aTarget(healthy())], show, ...aRouting() }),
    );
    expect(events[0]).toMatchObject({ $case: 'started', value: { provider: 'healthy' } });
    expect(blind.calls).toHaveLength(0);
  });
});

describe('the timers', () => {
  const quick = { ...executionConfig, firstContentTimeoutMs: 40, idleTimeoutMs: 40, responseTimeoutMs: 40 };

  it('give up on a provider that is silent before its first content, lifecycle events or not', async () => {
    const silent = aProvider({ name: 'silent', play: () => [[], [], 'hang'] });
    const call = aCall();
    const { events } = await follow((show) =>
      answer(call, {
        targets: [aTarget(silent, { execution: quick }), aTarget(healthy())],
        show,
        ...aRouting(),
      }),
    );
    expect(events[0]).toMatchObject({ value: { provider: 'healthy' } });
    expect(call.attempts[0]).toMatchObject({ reason: 'PROVIDER_TIMEOUT' });
    expect(silent.calls[0]?.signal.aborted).toBe(true);
  });

  it('break a stream that stalls in the middle', async () => {
    const stalled = aProvider({ play: () => [[text('Ha')], 'hang'] });
    const { error } = await follow((show) =>
      answer(aCall(), { targets: [aTarget(stalled, { execution: quick })], show, ...aRouting() }),
    );
    expect(error).toMatchObject({
      reason: ErrorReason.STREAM_INTERRUPTED,
      details: { metadata: expect.objectContaining({ timeout: 'idle' }) },
    });
  });

  it('do not blame the provider for a caller that reads slowly', async () => {
    const provider = aProvider({ play: () => [[text('a')], [text('b')], [text('c'), finished()]] });
    const seen: string[] = [];
    await answer(aCall(), {
      targets: [aTarget(provider, { execution: quick })],
      async show(events) {
        await new Promise((resolve) => setTimeout(resolve, 80));
        seen.push(...events.map(({ $case }) => $case));
      },
      ...aRouting(),
    });
    expect(seen.at(-1)).toBe('finished');
  });

  it('limit a whole answer by the response time-out', async () => {
    const silent = aProvider({ play: () => ['hang'] });
    const call = aCall({ streamed: false, request: aRequest({ maxOutputTokens: 16 }) });
    const { error } = await follow((show) =>
      answer(call, { targets: [aTarget(silent, { execution: quick })], show, ...aRouting() }),
    );
    expect(error).toMatchObject({
      reason: ErrorReason.PROVIDER_TIMEOUT,
      details: { metadata: expect.objectContaining({ timeout: 'response' }) },
    });
  });

  it('limit the whole call, without a further attempt', async () => {
    const next = healthy();
    const request = aRequest({ execution: { totalTimeout: { seconds: 0, nanos: 40e6 } } });
    const targets = [aTarget(aProvider({ play: () => ['hang'] })), aTarget(next)];
    const { error } = await follow((show) => answer(aCall({ request }), { targets, show, ...aRouting() }));
    expect(error).toMatchObject({ details: { metadata: expect.objectContaining({ timeout: 'total' }) } });
    expect(next.calls).toHaveLength(0);
  });

  it('take the request’s own limits over the configured ones', async () => {
    const request = aRequest({ execution: { firstContentTimeout: { seconds: 0, nanos: 30e6 } } });
    const { error } = await follow((show) =>
      answer(aCall({ request }), {
        targets: [aTarget(aProvider({ play: () => ['hang'] }))],
        show,
        ...aRouting(),
      }),
    );
    expect(error).toMatchObject({ details: { metadata: expect.objectContaining({ timeoutMs: '30' }) } });
  });
});

describe('a caller that leaves', () => {
  it('before a provider is asked has asked none, and is billed nothing', async () => {
    const provider = healthy();
    const call = aCall();
    call.abort.abort(failure(ErrorReason.CANCELLED));
    const { error } = await follow((show) =>
      answer(call, { targets: [aTarget(provider), aTarget(healthy())], show, ...aRouting() }),
    );
    expect(error).toMatchObject({ reason: ErrorReason.CANCELLED });
    expect(provider.calls).toEqual([]);
    expect(call.attempts).toEqual([]);
  });

  it('closes the provider’s stream, blames nobody, and asks nobody else', async () => {
    const target = aTarget(aProvider({ play: () => [[text('Hi')], 'hang'] }));
    const call = aCall();
    const run = answer(call, {
      targets: [target, aTarget(healthy())],
      show: () => void setImmediate(() => leaving(call)([])),
      ...aRouting(),
    });
    await expect(run).rejects.toMatchObject({ reason: ErrorReason.CANCELLED });
    expect(call.attempts).toMatchObject([{ outcome: 'ATTEMPT_OUTCOME_CANCELLED' }]);
    expect(target.breaker.status()).toMatchObject({ attempts: 0, failures: 0 });
  });

  it('closes the provider’s stream also when it leaves while it is shown something', async () => {
    const provider = aProvider({ play: () => [[text('Hi')], [text('!')], [finished()]] });
    const call = aCall();
    await follow(() => answer(call, { targets: [aTarget(provider)], show: leaving(call), ...aRouting() }));
    expect(provider.closed).toBe(1);
    expect(provider.calls[0]?.signal.aborted).toBe(true);
    expect(call.attempts).toMatchObject([{ outcome: 'ATTEMPT_OUTCOME_CANCELLED' }]);
  });
});
