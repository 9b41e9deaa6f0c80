import { describe, expect, it } from 'vitest';
import type { ExecutionConfig } from '../../../src/config/config.ts';
import { connectLimit, responseLimit, timeLimits, totalLimit } from '../../../src/routing/time-limits.ts';
import { aRequest, executionConfig } from '../../support/builders.ts';

const configured: ExecutionConfig = {
  ...executionConfig,
  connectTimeoutMs: 1_000,
  firstContentTimeoutMs: 2_000,
  idleTimeoutMs: 3_000,
  responseTimeoutMs: 4_000,
  totalTimeoutMs: 5_000,
};

const limitsOf = (request = aRequest(), execution = configured) => ({
  connect: connectLimit(request, execution),
  ...timeLimits(request, execution),
  total: totalLimit(request, execution),
});

describe('the time limits of a call', () => {
  it('are those that are configured for the target', () => {
    expect(limitsOf()).toEqual({
      connect: 1_000,
      firstContent: 2_000,
      idle: 3_000,
      response: 4_000,
      total: 5_000,
    });
  });

  it('are those of the request where it has some', () => {
    const seconds = (nanos: number) => ({ seconds: 0, nanos });
    const request = aRequest({
      execution: {
        connectTimeout: seconds(1e6),
        firstContentTimeout: seconds(2e6),
        idleTimeout: seconds(3e6),
        responseTimeout: seconds(4e6),
        totalTimeout: seconds(5e6),
      },
    });
    expect(limitsOf(request)).toEqual({ connect: 1, firstContent: 2, idle: 3, response: 4, total: 5 });
  });

  it('let a request wait longer than configured for everything but a connection', () => {
    const hour = { seconds: 3_600, nanos: 0 };
    const request = aRequest({
      execution: {
        connectTimeout: hour,
        firstContentTimeout: hour,
        idleTimeout: hour,
        responseTimeout: hour,
        totalTimeout: hour,
      },
    });
    const ms = 3_600_000;
    expect(limitsOf(request)).toEqual({
      connect: 1_000,
      firstContent: ms,
      idle: ms,
      response: ms,
      total: ms,
    });
  });

  it('give a model five minutes to its first content where it reasons, unless somebody says otherwise', () => {
    const unsaid = { ...configured, firstContentTimeoutMs: undefined };
    const reasoning = aRequest({ reasoning: { effort: 'REASONING_EFFORT_HIGH' } });
    expect(timeLimits(aRequest(), unsaid).firstContent).toBe(30_000);
    expect(timeLimits(reasoning, unsaid).firstContent).toBe(300_000);
    expect(timeLimits(reasoning, configured).firstContent).toBe(2_000);
  });

  it('are the same for a call that embeds', () => {
    const request = {
      model: 'm',
      execution: aRequest({ execution: { responseTimeout: { seconds: 1 } } }).execution,
    };
    expect(responseLimit(request, configured)).toBe(1_000);
    expect(responseLimit({}, configured)).toBe(4_000);
  });
});
