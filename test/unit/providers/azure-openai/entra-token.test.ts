import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { type AccessToken, createEntraToken } from '../../../../src/providers/azure-openai/entra-token.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const { signal } = new AbortController();

describe('the token of Entra', () => {
  it('is asked for once, also by calls at the same time, and serves until 5 minutes before its end', async () => {
    const entra = startEntra();
    expect(await Promise.all([entra.token(signal), entra.token(signal)])).toEqual(['token 1', 'token 1']);
    entra.clock.now = HOUR - 5 * MINUTE - 1;
    expect(await entra.token(signal)).toBe('token 1');
    entra.clock.now += 1;
    expect(await Promise.all([entra.token(signal), entra.token(signal)])).toEqual(['token 2', 'token 2']);
    expect(entra.asked).toEqual([
      'https://cognitiveservices.azure.com/.default',
      'https://cognitiveservices.azure.com/.default',
    ]);
  });

  it('is renewed when the credential says', async () => {
    const entra = startEntra({ refreshAfterTimestamp: 10 * MINUTE });
    await entra.token(signal);
    entra.clock.now = 10 * MINUTE;
    expect(await entra.token(signal)).toBe('token 2');
  });

  it('serves on while it is valid, where no new one can be had, and is asked for again', async () => {
    const entra = startEntra();
    await entra.token(signal);
    entra.failure = new Error('no network');
    entra.clock.now = HOUR - 1;
    expect(await entra.token(signal)).toBe('token 1');
    entra.clock.now = HOUR;
    await expect(entra.token(signal)).rejects.toThrow(GatewayError);
    entra.failure = undefined;
    expect(await entra.token(signal)).toMatch(/^token/);
  });

  it('that cannot be had is a matter of the gateway, and says what to do', async () => {
    const entra = startEntra();
    entra.failure = new Error('CredentialUnavailableError: a secret');
    const thrown = await entra.token(signal).catch((error: GatewayError) => error);
    if (!(thrown instanceof GatewayError)) return expect.unreachable('it did not throw');
    expect([reasonName(thrown.reason), thrown.message, thrown.cause]).toEqual([
      'PROVIDER_CREDENTIALS_REJECTED',
      'azure has no apiKey, and no Entra token could be had for it: give it a key, or the process an identity.',
      entra.failure,
    ]);
  });

  it('is not waited for by a call that is over, and comes for the others', async () => {
    const entra = startEntra();
    const leaving = new AbortController();
    const [left, stayed] = [entra.token(leaving.signal), entra.token(signal)];
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await stayed).toBe('token 1');
    expect(getEventListeners(leaving.signal, 'abort')).toEqual([]);
  });
});

function startEntra(said: Partial<AccessToken> = {}) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const entra = { asked, clock, failure: undefined as Error | undefined, token };
  const source = createEntraToken({
    provider: 'azure',
    now: () => clock.now,
    loadCredential: async () => ({
      async getToken(scope) {
        asked.push(scope);
        if (entra.failure) throw entra.failure;
        return { token: `token ${asked.length}`, expiresOnTimestamp: clock.now + HOUR, ...said };
      },
    }),
  });
  return entra;

  function token(of: AbortSignal): Promise<string> {
    return source(of);
  }
}
