import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import { estimatedUsage } from '../../../src/completion/usage.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { billedUsage, type Ended } from '../../../src/routing/bill.ts';
import { aUsage } from '../../support/builders.ts';

const unavailable = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'no');
const silent = (timeout: string) =>
  new GatewayError(ErrorReason.PROVIDER_TIMEOUT, 'silent', { metadata: { timeout } });

function bill(said: Partial<Ended>) {
  return billedUsage({
    answered: undefined,
    error: undefined,
    callOver: false,
    shown: false,
    reported: undefined,
    estimate: () => estimatedUsage(10, 20),
    ...said,
  });
}

describe('a try is billed', () => {
  it('as its provider reports it, where it answered', () => {
    const usage = aUsage();
    expect(bill({ answered: { usage } })).toBe(usage);
  });

  it('by an estimate where it answered and no usage is reported', () => {
    expect(bill({ answered: {} })).toEqual(estimatedUsage(10, 20));
    expect(bill({ answered: { usage: estimatedUsage(0, 0) } })).toEqual(estimatedUsage(10, 20));
  });

  it('by what is reported of it, and an estimate of the rest', () => {
    const usage = { ...estimatedUsage(7, 0), cacheReadTokens: 5 };
    expect(bill({ answered: { usage } })).toEqual({ ...estimatedUsage(7, 20), cacheReadTokens: 5 });
  });

  it.each([
    ['its caller left it', { callOver: true, error: unavailable }],
    ['its caller left it without a word', {}],
    ['it was too slow to begin', { error: silent('first content') }],
    ['it fell silent', { error: silent('idle'), shown: true }],
    ['it broke after content', { error: unavailable, shown: true }],
  ])('by an estimate where %s', (_, said) => {
    expect(bill(said)).toEqual(estimatedUsage(10, 20));
  });

  it('by what was reported before it broke, unless more was said since', () => {
    const reported = { inputTokens: 99, cacheReadTokens: 90, outputTokens: 1 };
    expect(bill({ error: unavailable, shown: true, reported })).toEqual({
      ...estimatedUsage(99, 20),
      cacheReadTokens: 90,
    });
  });

  it.each([
    ['it failed before content', unavailable],
    ['it could not be connected to', silent('connect')],
    ['it refused', new GatewayError(ErrorReason.CONTENT_BLOCKED, 'no')],
  ])('nothing where %s', (_, error) => {
    expect(bill({ error })).toBeUndefined();
  });

  it('what a refusal itself reports', () => {
    const usage = aUsage();
    const error = new GatewayError(ErrorReason.PROVIDER_RESPONSE_INVALID, 'no', { usage });
    expect(bill({ error })).toBe(usage);
  });
});
