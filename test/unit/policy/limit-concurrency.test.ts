import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import type { AnyCall } from '../../../src/completion/ports/call.ts';
import type { Settle } from '../../../src/completion/ports/policy.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { limitConcurrency } from '../../../src/policy/limit-concurrency.ts';
import { aCall, aRoute } from '../../support/builders.ts';

const settled: Parameters<Settle>[0] = {
  ending: 'failed',
  error: new GatewayError(ErrorReason.CANCELLED, 'The caller left.'),
  partial: { id: 'call-1', warnings: [] },
};

function aPolicy({ maxQueueLength = 10, random = Math.random } = {}) {
  const config = { maxConcurrency: 1, maxQueueLength, queueTimeoutMs: 1_000 };
  return limitConcurrency({ config, random, now: () => performance.now() });
}

/** How a call that was not let in at once was, or was not. */
async function refusalOf(admitted: ReturnType<ReturnType<typeof aPolicy>['admit']>): Promise<GatewayError> {
  try {
    await admitted;
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('not refused');
}

describe('the limit on the calls of the process', () => {
  it('holds a place for each call until it is settled', async () => {
    const policy = aPolicy();
    const settle = policy.admit(aCall(), aRoute());
    const next = policy.admit(aCall(), aRoute());
    expect(settle).toBeTypeOf('function');
    expect(policy.status()).toMatchObject({ inFlight: 1, queued: 1 });
    await (settle as Settle)(settled);
    expect(policy.status()).toMatchObject({ inFlight: 1, queued: 0 });
    await (await next)?.(settled);
    expect(policy.status()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it('refuses a call beyond it, and says what the limit is and the way out', async () => {
    const policy = aPolicy({ maxQueueLength: 0 });
    policy.admit(aCall(), aRoute());
    expect(await refusalOf(policy.admit(aCall(), aRoute()))).toMatchObject({
      reason: ErrorReason.GATEWAY_OVERLOADED,
      message:
        'The gateway is serving as many calls as it may, 1. Call again shortly, or raise server.maxConcurrency.',
      details: { metadata: { maxConcurrency: '1' } },
    });
  });

  it.each([
    [0, 500],
    [0.5, 1_000],
    [1, 1_500],
  ])('asks callers back after about a second, each at a time of its own (%s: %s ms)', async (drawn, ms) => {
    const policy = aPolicy({ maxQueueLength: 0, random: () => drawn });
    policy.admit(aCall(), aRoute());
    expect((await refusalOf(policy.admit(aCall(), aRoute()))).details.retryAfterMs).toBe(ms);
  });

  it('names the number that holds, also once it has been changed', async () => {
    const policy = aPolicy({ maxQueueLength: 0 });
    policy.resize({ maxConcurrency: 2, maxQueueLength: 0, queueTimeoutMs: 0 });
    policy.admit(aCall(), aRoute());
    policy.admit(aCall(), aRoute());
    expect((await refusalOf(policy.admit(aCall(), aRoute()))).message).toContain(
      'as many calls as it may, 2.',
    );
  });

  it('lets nobody wait who has left', async () => {
    const policy = aPolicy();
    policy.admit(aCall(), aRoute());
    const call: AnyCall = aCall();
    const waiting = refusalOf(policy.admit(call, aRoute()));
    call.abort.abort(new GatewayError(ErrorReason.CANCELLED, 'The caller left.'));
    expect((await waiting).reason).toBe(ErrorReason.CANCELLED);
    expect(policy.status()).toMatchObject({ inFlight: 1, queued: 0 });
  });
});
