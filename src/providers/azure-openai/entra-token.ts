import { GatewayError } from '../../completion/error.ts';
import type { Now } from '../../completion/ports/now.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/** What a credential of `@azure/identity` is used for. */
export interface Credential {
  getToken(scope: string): Promise<AccessToken | null>;
}

export interface AccessToken {
  token: string;
  /** When it stops being valid, in milliseconds since the epoch. */
  expiresOnTimestamp: number;
  /** When a new one is better asked for, in milliseconds since the epoch. Absent: 5 minutes before its end. */
  refreshAfterTimestamp?: number;
}

const SCOPE = 'https://cognitiveservices.azure.com/.default';

const REFRESH_BEFORE_MS = 5 * 60_000;

/**
 * Creates a source of Entra tokens. A token serves until shortly before its end; a new one is asked for once, however
 * many calls wait for it, and one that cannot be had does no harm while the old one is valid.
 *
 * @throws GatewayError PROVIDER_CREDENTIALS_REJECTED; the signal's reason, once it aborts.
 */
export function createEntraToken({
  provider,
  loadCredential,
  now,
}: {
  provider: string;
  loadCredential(): Promise<Credential>;
  now: Now;
}): (signal: AbortSignal) => Promise<string> {
  let credential: Promise<Credential> | undefined;
  let current: AccessToken | undefined;
  let renewal: Promise<string> | undefined;

  return async (signal) => {
    if (current && now() < refreshTime(current)) return current.token;
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return unlessAborted(renewal, signal);
  };

  async function renew(): Promise<string> {
    try {
      credential ??= loadCredential();
      const token = await (await credential).getToken(SCOPE);
      if (!token) throw new Error('The credential gave no token.');
      current = token;
      return token.token;
    } catch (cause) {
      if (current && now() < current.expiresOnTimestamp) return current.token;
      throw noToken(provider, cause);
    }
  }
}

function refreshTime({ refreshAfterTimestamp, expiresOnTimestamp }: AccessToken): number {
  return refreshAfterTimestamp ?? expiresOnTimestamp - REFRESH_BEFORE_MS;
}

/** A call that is over does not wait for what others wait for too. */
function unlessAborted(renewal: Promise<string>, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    renewal.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function noToken(provider: string, cause: unknown): GatewayError {
  return new GatewayError(
    ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    `${provider} has no apiKey, and no Entra token could be had for it: give it a key, or the process an identity.`,
    { cause, metadata: { provider } },
  );
}
