import { hash } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import type { KeyConfig } from '../../../src/config/config.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { createAuthenticator } from '../../../src/policy/authenticate.ts';
import { aKey } from '../../support/builders.ts';

const complete = 'sluice.v1.CompletionService/Complete';
const purge = 'sluice.v1.AdminService/PurgeCache';
const secret = 'sluice_the-key-of-checkout';
const checkout = aKey({ digests: [hash('sha256', secret)] });

interface Shown {
  peer?: string;
  authorization?: string | string[];
  certificate?: Partial<PeerCertificate>;
}

function authenticate(keys: KeyConfig[], shown: Shown, { method = complete, open = false } = {}) {
  const { peer = '127.0.0.1:4711', authorization = [], certificate } = shown;
  const authenticator = createAuthenticator({ auth: open ? 'none' : 'loopback', keys });
  const metadata = { get: (name: string) => (name === 'authorization' ? [authorization].flat() : []) };
  return authenticator(
    { peer, metadata, clientCertificate: () => certificate as PeerCertificate | undefined },
    method,
  );
}

function refusal(...args: Parameters<typeof authenticate>): GatewayError {
  try {
    authenticate(...args);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The caller was let in.');
}

describe('a key', () => {
  it.each([`Bearer ${secret}`, `bearer ${secret}`, `BEARER   ${secret}`])(
    'says who calls: %s',
    (authorization) => {
      expect(authenticate([checkout], { authorization, peer: '10.0.0.7:1' })).toMatchObject({
        name: 'checkout',
        admin: false,
        limits: {},
        endUserLimits: {},
        budgets: [],
      });
    },
  );

  it('is one of several while it is changed', () => {
    const rotating = aKey({ digests: ['old', 'new'].map((key) => hash('sha256', key)) });
    for (const key of ['old', 'new'])
      expect(authenticate([rotating], { authorization: `Bearer ${key}` }).name).toBe('checkout');
  });

  it('is one caller, whom policies may know again', () => {
    const authenticator = createAuthenticator({ auth: 'loopback', keys: [checkout] });
    const credentials = {
      peer: '10.0.0.7:1',
      metadata: { get: () => [`Bearer ${secret}`] },
      clientCertificate: () => undefined,
    };
    expect(authenticator(credentials, complete)).toBe(authenticator(credentials, complete));
  });

  it.each([
    ['on this machine', [checkout], {}],
    ['where anonymous calls are taken', [checkout], { open: true }],
    ['where there are no keys', [], {}],
    ['where there are no keys and anonymous calls are taken', [], { open: true }],
  ] as const)('that is not known is refused and not shown, also %s', (_, keys, options) => {
    for (const wrong of [`${secret}x`, secret.slice(0, -1), secret.toUpperCase(), hash('sha256', secret)]) {
      const { reason, message } = refusal([...keys], { authorization: `Bearer ${wrong}` }, options);
      expect(reason).toBe(ErrorReason.CALLER_CREDENTIALS_INVALID);
      expect(message).toContain('The key in the metadata `authorization` is not known here.');
      expect(message).not.toContain(wrong);
    }
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    secret,
    `Basic ${secret}`,
    `Bearer ${secret} more`,
    `Bearer${secret}`,
    `Bearer ${secret}\n`,
  ])('is refused where it is not of the form `Bearer KEY`, and not shown: %j', (authorization) => {
    const { reason, message } = refusal([checkout], { authorization }, { open: true });
    expect(reason).toBe(ErrorReason.CALLER_CREDENTIALS_INVALID);
    expect(message).toBe('The metadata `authorization` is not of the form `Bearer KEY`, once.');
  });

  it('is refused where there are two', () => {
    const authorization = [`Bearer ${secret}`, `Bearer ${secret}`];
    expect(refusal([checkout], { authorization }).message).toContain('once');
  });
});

describe('a caller without a key', () => {
  it.each(['127.0.0.1:1', '[::1]:1', '::1:1', '::ffff:127.0.0.1:1', 'unix:/run/sluice'])(
    'is welcome from %s while there are no keys, and may run the gateway',
    (peer) => {
      expect(authenticate([], { peer }, { method: purge })).toMatchObject({ name: 'anonymous', admin: true });
    },
  );

  it.each(['10.0.0.7:1', '[2001:db8::1]:1', 'unknown', ''])('is refused from %j', (peer) => {
    expect(refusal([], { peer }).message).toBe(
      'Anonymous calls are taken from the loopback only. Whoever runs the gateway can allow them by `auth: none`.',
    );
    expect(authenticate([], { peer }, { open: true })).toMatchObject({ name: 'anonymous', admin: true });
  });

  it('is told what is missing once there are keys, on this machine too', () => {
    const { reason, message } = refusal([checkout], {});
    expect(reason).toBe(ErrorReason.CALLER_CREDENTIALS_INVALID);
    expect(message).toBe(
      'The metadata has no `authorization`, and this gateway takes no anonymous calls. Send a key as `authorization: Bearer KEY`.',
    );
  });

  it('may ask for anything, but not run the gateway, beside those with keys', () => {
    const options = { open: true };
    const caller = authenticate([checkout], { peer: '10.0.0.7:1' }, options);
    expect(caller).toMatchObject({ name: 'anonymous', admin: false });
    expect(caller.mayUse('any/model')).toBe(true);
    expect(refusal([checkout], {}, { ...options, method: purge }).reason).toBe(ErrorReason.MODEL_NOT_ALLOWED);
  });
});

describe('a certificate', () => {
  const certificate = { subjectaltname: 'DNS:localhost, DNS:checkout.internal' };
  const certified = aKey({ certificates: ['checkout.internal'] });

  it('says who calls', () => {
    expect(authenticate([checkout, { ...certified, name: 'b' }], { certificate }).name).toBe('b');
  });

  it('does not help a key that is not known', () => {
    expect(refusal([certified], { certificate, authorization: 'Bearer wrong' }).message).toContain(
      'not known',
    );
  });

  it('counts for less than a key', () => {
    const keys = [checkout, { ...certified, name: 'b' }];
    expect(authenticate(keys, { certificate, authorization: `Bearer ${secret}` }).name).toBe('checkout');
  });

  it.each([
    { subjectaltname: 'DNS:internal' },
    { subjectaltname: 'DNS:x.checkout.internal' },
    { subjectaltname: 'DNS:*.internal' },
    {
      subjectaltname: 'IP Address:127.0.0.1',
      subject: { CN: 'checkout.internal' } as PeerCertificate['subject'],
    },
  ])('of somebody else makes anonymous: %j', (other) => {
    expect(refusal([certified], { certificate: other }).message).toContain('no `authorization`');
    expect(authenticate([certified], { certificate: other }, { open: true }).name).toBe('anonymous');
  });

  it('is not looked at where no key has one', () => {
    const keys = [checkout];
    const authenticator = createAuthenticator({ auth: 'none', keys });
    const clientCertificate = () => {
      throw new Error('asked for the certificate');
    };
    const metadata = { get: () => [] };
    expect(authenticator({ peer: '', metadata, clientCertificate }, complete).name).toBe('anonymous');
  });
});

describe('what a key may', () => {
  const authorization = `Bearer ${secret}`;

  it('is all but running the gateway, where nothing is said', () => {
    const caller = authenticate([checkout], { authorization });
    expect(caller.mayUse('any/model')).toBe(true);
    expect(
      authenticate([checkout], { authorization }, { method: 'sluice.v1.UsageService/GetBudget' }).name,
    ).toBe('checkout');
    const { reason, message, details } = refusal([checkout], { authorization }, { method: purge });
    expect(reason).toBe(ErrorReason.MODEL_NOT_ALLOWED);
    expect(message).toBe(
      'PurgeCache: the caller "checkout" may not: it is for administrators, with `admin: true` in their key.',
    );
    expect(details.metadata).toEqual({ caller: 'checkout', method: 'PurgeCache' });
  });

  it('is everything for an administrator', () => {
    const admin = { ...checkout, admin: true };
    expect(authenticate([admin], { authorization }, { method: purge }).admin).toBe(true);
  });

  it('is the methods that it has', () => {
    const keys = [{ ...checkout, admin: true, methods: ['Complete', 'ListProviders'] }];
    for (const method of [complete, 'sluice.v1.AdminService/ListProviders'])
      expect(authenticate(keys, { authorization }, { method }).name).toBe('checkout');
    for (const method of ['sluice.v1.CompletionService/StreamComplete', purge])
      expect(refusal(keys, { authorization }, { method }).message).toMatch(
        /: the caller "checkout" may call Complete, ListProviders\.$/,
      );
  });

  it('is the models that it has', () => {
    const caller = authenticate([{ ...checkout, models: ['fast', 'openai/*'] }], { authorization });
    expect(['fast', 'openai/gpt-5', 'smart'].map(caller.mayUse)).toEqual([true, true, false]);
  });
});
