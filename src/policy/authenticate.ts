import { GatewayError } from '../completion/error.ts';
import type { Caller } from '../completion/ports.ts';
import { type Config, noContentPolicy } from '../config/config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/** What a caller shows of itself. */
export interface Credentials {
  /** Address of the caller, `host:port`. */
  readonly peer: string;
}

/**
 * Says who calls, for every method of every service.
 *
 * @throws GatewayError CALLER_CREDENTIALS_INVALID
 */
export type Authenticate = (credentials: Credentials) => Caller;

/** There are no keys yet: everybody is anonymous, and welcome from this machine, or from anywhere if so configured. */
export function createAuthenticator({ auth }: Pick<Config, 'auth'>): Authenticate {
  return (credentials) => {
    if (auth === 'none' || isLoopback(credentials.peer)) return anonymous;
    throw new GatewayError(
      ErrorReason.CALLER_CREDENTIALS_INVALID,
      'Anonymous calls are taken from the loopback only. Whoever runs the gateway can allow them by `auth: none`.',
    );
  };
}

const anonymous: Caller = {
  name: 'anonymous',
  admin: true,
  mayUse: () => true,
  limits: {},
  endUserLimits: {},
  budgets: [],
  content: noContentPolicy,
};

function isLoopback(peer: string): boolean {
  // A Unix socket is reached from this machine only.
  return /^(127\.|\[?::1\]?:|\[?::ffff:127\.|unix:)/.test(peer);
}
