import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  GatewayError,
  type GatewayErrorDetails,
  type Reason,
  reasonName,
} from '../../../src/completion/error.ts';
import { BadRequest, ErrorInfo, RetryInfo } from '../../../src/gen/google/rpc/error_details.ts';
import { Status } from '../../../src/gen/google/rpc/status.ts';
import { ErrorReason, ProviderFailure } from '../../../src/gen/sluice/v1/error.ts';
import { Attempt } from '../../../src/gen/sluice/v1/execution.ts';
import { statusOf, toServiceError } from '../../../src/grpc/status.ts';

describe('the status of an error', () => {
  it('is the one that the comments of error.proto promise', () => {
    const proto = readFileSync(new URL('../../../proto/sluice/v1/error.proto', import.meta.url), 'utf8');
    const promised = [...proto.matchAll(/\/\/ ([A-Z_]+)[,:](?:.*\n\s*\/\/)*.*\n\s*(ERROR_REASON_\w+) = /g)];
    const actual = Object.entries(statusOf).map(([reason, code]) => [reason, status[code]]);

    expect(Object.fromEntries(actual)).toEqual(
      Object.fromEntries(promised.map(([, code, reason]) => [reason, code])),
    );
  });
});

describe('the details of an error', () => {
  it('hold one ErrorInfo and whatever else is known', () => {
    const error = toServiceError(
      new GatewayError(ErrorReason.PROVIDER_RATE_LIMITED, 'openai limits the rate of calls.', {
        metadata: { provider: 'openai' },
        violations: [{ field: 'model', description: 'is busy' }],
        retryAfterMs: 1500.2,
        attempts: [anAttempt('openai')],
        usage: {
          inputTokens: 7,
          cacheReadTokens: 0,
          cacheWriteTokens: 0,
          outputTokens: 1,
          reasoningTokens: 0,
          estimated: false,
        },
      }),
    );
    const { code, message, details } = decode(error);

    expect({ code, message }).toEqual({ code: status.UNAVAILABLE, message: error.details });
    expect(details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.BadRequest',
      'type.googleapis.com/google.rpc.RetryInfo',
      'type.googleapis.com/sluice.v1.ProviderFailure',
    ]);
    const [info, badRequest, retry, failure] = details.map(({ value }) => value);
    expect(ErrorInfo.decode(info ?? none)).toEqual({
      reason: 'PROVIDER_RATE_LIMITED',
      domain: 'sluice',
      metadata: { provider: 'openai' },
    });
    expect(BadRequest.decode(badRequest ?? none).fieldViolations).toEqual([
      { field: 'model', description: 'is busy', reason: '' },
    ]);
    expect(RetryInfo.decode(retry ?? none)).toEqual({ retryDelay: { seconds: 1, nanos: 501_000_000 } });
    expect(ProviderFailure.decode(failure ?? none)).toMatchObject({
      attempts: [{ provider: 'openai' }],
      usage: { inputTokens: 7, outputTokens: 1 },
    });
  });

  it('never hold the cause', () => {
    const error = new GatewayError(ErrorReason.INTERNAL, 'It failed.', { cause: new Error('sk-secret') });

    expect(trailersOf(error)).not.toContain(Buffer.from('sk-secret').toString('latin1'));
  });

  it.each<[string, GatewayErrorDetails, string]>([
    [
      'many attempts',
      { attempts: Array.from({ length: 300 }, (_, i) => anAttempt(`provider-${i}`)) },
      'short',
    ],
    [
      'many violations',
      {
        violations: Array.from({ length: 900 }, (_, i) => ({
          field: `messages[${i}]`,
          description: '\u2026',
        })),
      },
      'short',
    ],
    [
      'a long message of wide characters',
      { violations: [{ field: 'prompt', description: 'long' }] },
      '\u65e5\n'.repeat(9_000),
    ],
    ['metadata beyond all measure', { metadata: { model: 'm'.repeat(20_000) } }, 'short'],
  ])('stay below 8 KiB with %s', (_case, details, message) => {
    const error = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, message, details);

    expect(trailersOf(error).length).toBeLessThan(8_192);
    expect(decode(toServiceError(error)).details[0]?.typeUrl).toBe(
      'type.googleapis.com/google.rpc.ErrorInfo',
    );
  });

  it('lose attempts from the middle, and say how many', () => {
    const attempts = Array.from({ length: 300 }, (_, i) => anAttempt(`provider-${i}`));
    const { details } = decode(
      toServiceError(new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'All failed.', { attempts })),
    );
    const kept = ProviderFailure.decode(details.at(-1)?.value ?? none).attempts;

    expect(kept.at(0)?.provider).toBe('provider-0');
    expect(kept.at(-1)?.provider).toBe('provider-299');
    expect(kept.length).toBeGreaterThan(20);
    expect(ErrorInfo.decode(details[0]?.value ?? none).metadata).toEqual({
      omittedDetails: String(300 - kept.length),
    });
  });

  it('are left out where they cannot be written, so that the caller still gets an answer', () => {
    const attempts = [anAttempt('openai', { httpStatus: Number.NaN })];
    const { details } = decode(
      toServiceError(new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'Failed.', { attempts })),
    );

    expect(details.map(({ value }) => ErrorInfo.decode(value).reason)).toEqual(['PROVIDER_UNAVAILABLE']);
  });
});

describe('the message of an error', () => {
  it('loses half a surrogate pair, on which encodeURI would throw inside grpc-js', () => {
    const { details } = toServiceError(new GatewayError(ErrorReason.INTERNAL, 'bad \ud83d end'));

    expect(details).toBe('bad \ufffd end');
    expect(() => encodeURI(details)).not.toThrow();
  });

  it('may be cut between the halves of a surrogate pair', () => {
    const { details } = toServiceError(new GatewayError(ErrorReason.INTERNAL, `x${'\u{1f600}'.repeat(400)}`));

    expect(details.isWellFormed()).toBe(true);
  });
});

describe('the pushback on automatic retries', () => {
  it.each<[Reason, number | undefined, string[]]>([
    // The gateway asks to be left alone for a while, or a limit says when it lets calls in again.
    [ErrorReason.GATEWAY_OVERLOADED, 250.5, ['251']],
    [ErrorReason.CALLER_RATE_LIMITED, 0, ['0']],
    [ErrorReason.PROVIDER_RATE_LIMITED, 2_000, ['2000']],
    [ErrorReason.CIRCUIT_OPEN, 10_000, ['10000']],
    // Too long to wait unawares.
    [ErrorReason.GATEWAY_OVERLOADED, 10_001, ['-1']],
    [ErrorReason.PROVIDER_RATE_LIMITED, 60_000, ['-1']],
    [ErrorReason.PROVIDER_RATE_LIMITED, undefined, ['-1']],
    [ErrorReason.CIRCUIT_OPEN, undefined, ['-1']],
    [ErrorReason.BUDGET_EXHAUSTED, undefined, ['-1']],
    // No provider was asked: another instance may take the call.
    [ErrorReason.GATEWAY_OVERLOADED, undefined, []],
    [ErrorReason.STORE_UNAVAILABLE, undefined, []],
    // The gateway has retried: a client that did too would multiply that, whenever it may call again.
    [ErrorReason.STREAM_INTERRUPTED, 100, ['-1']],
    [ErrorReason.PROVIDER_UNAVAILABLE, undefined, ['-1']],
    [ErrorReason.PROVIDER_UNAVAILABLE, 100, ['-1']],
    [ErrorReason.PROVIDER_TIMEOUT, 100, ['-1']],
    [ErrorReason.INVALID_REQUEST, undefined, []],
    [ErrorReason.INTERNAL, 100, []],
  ])('of %s with a retry after %s ms is %s', (reason, retryAfterMs, pushback) => {
    const { metadata } = toServiceError(new GatewayError(reason, reasonName(reason), { retryAfterMs }));

    expect(metadata.get('grpc-retry-pushback-ms')).toEqual(pushback);
  });

  it('is given with every status that clients are commonly told to retry', () => {
    const retried: number[] = [status.UNAVAILABLE, status.RESOURCE_EXHAUSTED];
    for (const [reason, code] of Object.entries(statusOf) as [Reason, status][]) {
      const { metadata } = toServiceError(new GatewayError(reason, 'No.', { retryAfterMs: 100 }));

      expect([reason, metadata.get('grpc-retry-pushback-ms').length]).toEqual([
        reason,
        retried.includes(code) ? 1 : 0,
      ]);
    }
  });
});

const none = Buffer.alloc(0);

function decode({ metadata }: ReturnType<typeof toServiceError>): Status {
  const [bytes] = metadata.get('grpc-status-details-bin');
  return Status.decode(bytes as Buffer);
}

/** The trailers as grpc-js writes them. */
function trailersOf(error: GatewayError): string {
  const { code, details, metadata } = toServiceError(error);
  const headers = { 'grpc-status': code, 'grpc-message': encodeURI(details), ...metadata.toHttp2Headers() };
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function anAttempt(provider: string, rest: Partial<Attempt> = {}): Attempt {
  const attempt = Attempt.fromPartial({
    provider,
    providerModel: 'gpt-5',
    reason: 'PROVIDER_UNAVAILABLE',
    httpStatus: 503,
  });
  return { ...attempt, ...rest };
}
