import { describe, expect, it } from 'vitest';
import { invalidRequest, reasonName } from '../../../../src/completion/error.ts';
import { ConnectTimeout } from '../../../../src/providers/shared/connect-timeout.ts';
import { transportError } from '../../../../src/providers/shared/transport-error.ts';

describe('an error of a connection', () => {
  it.each([
    ['ECONNREFUSED', 'PROVIDER_UNAVAILABLE', 'openai refused the connection.'],
    ['ECONNRESET', 'PROVIDER_UNAVAILABLE', 'openai reset the connection.'],
    ['ENOTFOUND', 'PROVIDER_UNAVAILABLE', 'openai was not found in the DNS.'],
    ['UND_ERR_SOCKET', 'PROVIDER_UNAVAILABLE', 'openai closed the connection.'],
    ['UND_ERR_CONNECT_TIMEOUT', 'PROVIDER_TIMEOUT', 'openai did not accept the connection in time.'],
    ['ETIMEDOUT', 'PROVIDER_TIMEOUT', 'openai could not be reached in time.'],
    ['E_SOMETHING_NEW', 'PROVIDER_UNAVAILABLE', 'openai could not be reached, or broke the connection.'],
  ])('with code %s is %s, however deep it is wrapped', (code, reason, message) => {
    const root = Object.assign(new Error('secret detail'), { code });
    const thrown = new Error('SDK', {
      cause: new TypeError('fetch failed', { cause: new AggregateError([root]) }),
    });
    const error = transportError('openai', thrown);
    expect([reasonName(error.reason), error.message, error.cause]).toEqual([reason, message, thrown]);
  });

  it('names the limit on opening a connection, where that ran out', () => {
    const thrown = new TypeError('fetch failed', { cause: new ConnectTimeout(250) });
    const { reason, message, details } = transportError('openai', thrown);
    expect([reasonName(reason), message]).toEqual([
      'PROVIDER_TIMEOUT',
      'openai did not accept a connection within 250 ms, its connect time-out.',
    ]);
    expect(details.metadata).toEqual({ provider: 'openai', timeout: 'connect', timeoutMs: '250' });
  });

  it('says that it was the connection also where undici gave it up', () => {
    const cause = Object.assign(new Error('all addresses'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    const { details } = transportError('openai', new TypeError('fetch failed', { cause }));
    expect(details.metadata).toEqual({ provider: 'openai', timeout: 'connect' });
  });

  it('passes on an error of ours as it is', () => {
    const ours = invalidRequest('tools[0].parameters', 'is not JSON.');
    expect(transportError('openai', ours)).toBe(ours);
  });

  it('survives a cause that is its own cause, and what is no error', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect(reasonName(transportError('openai', loop).reason)).toBe('PROVIDER_UNAVAILABLE');
    expect(reasonName(transportError('openai', 'a text').reason)).toBe('PROVIDER_UNAVAILABLE');
  });
});
