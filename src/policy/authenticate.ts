import { hash, timingSafeEqual } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { GatewayError } from '../completion/error.ts';
import type { Caller } from '../completion/ports/call.ts';
import { type Config, type KeyConfig, noContentPolicy } from '../config/config.ts';
import { AdminServiceService } from '../gen/sluice/v1/admin_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { certificateNames } from './certificate-names.ts';
import { matchModels } from './match-models.ts';

/** What a caller shows of itself. */
export interface Credentials {
  /** Address of the caller, `host:port`. */
  readonly peer: string;
  /** What it sent ahead of its request. */
  readonly metadata: { get(name: string): readonly (string | Buffer)[] };
  /** Its certificate, where one was asked for and has been verified. Takes a while: only where it matters. */
  clientCertificate(): PeerCertificate | undefined;
}

/**
 * Says who calls a method, such as `sluice.v1.CompletionService/Complete`, and whether it may.
 *
 * @throws GatewayError CALLER_CREDENTIALS_INVALID, MODEL_NOT_ALLOWED
 */
export type Authenticate = (credentials: Credentials, method: string) => Caller;

/** A caller, and the methods that it may call; undefined: all that need no administrator. */
interface Known {
  caller: Caller;
  methods: ReadonlySet<string> | undefined;
}

/**
 * Knows callers by their keys, or by their certificates. Without either they are anonymous: welcome from this machine
 * while there are no keys, and from anywhere where `auth: none` says so. A key that is not known never makes anonymous.
 */
export function createAuthenticator({ auth, keys }: Pick<Config, 'auth' | 'keys'>): Authenticate {
  const byDigest = new Map<string, { digest: Buffer; known: Known }>();
  const byCertificate = new Map<string, Known>();
  for (const key of keys) {
    const known = knownBy(key);
    for (const hex of key.digests) byDigest.set(hex, { digest: Buffer.from(hex, 'hex'), known });
    for (const name of key.certificates) byCertificate.set(name, known);
  }
  const anonymous = anonymousCaller(keys.length === 0);

  return (credentials, method) => {
    const known = identify(credentials);
    checkMethod(known, method);
    return known.caller;
  };

  function identify(credentials: Credentials): Known {
    const [authorization, ...more] = credentials.metadata.get('authorization');
    if (authorization !== undefined) return holderOf(more.length === 0 ? String(authorization) : '');
    const certified = byCertificate.size > 0 ? certificateHolder(credentials) : undefined;
    if (certified) return certified;
    if (auth === 'none' || (keys.length === 0 && isLoopback(credentials.peer))) return anonymous;
    throw invalid(keys.length === 0 ? onlyFromHere : noKey);
  }

  function holderOf(authorization: string): Known {
    const [, key] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (key === undefined) throw invalid(malformed);
    // In hexadecimal, which takes Node a third of the time that bytes do.
    const digest = hash('sha256', key);
    // By the whole digest: nobody can choose what a guess hashes to, so the time of a look-up is no help in guessing.
    const found = byDigest.get(digest);
    if (!found || !timingSafeEqual(found.digest, Buffer.from(digest, 'hex'))) throw invalid(unknownKey);
    return found.known;
  }

  /** Of a certificate's names, the first one counts that is somebody's. */
  function certificateHolder(credentials: Credentials): Known | undefined {
    const certificate = credentials.clientCertificate();
    const names = certificate ? certificateNames(certificate) : [];
    return names.map((name) => byCertificate.get(name)).find((known) => known !== undefined);
  }
}

function knownBy({
  name,
  models,
  methods,
  admin,
  limits,
  endUserLimits,
  budgets,
  content,
}: KeyConfig): Known {
  return {
    caller: { name, admin, mayUse: matchModels(models), limits, endUserLimits, budgets, content },
    methods: methods && new Set(methods),
  };
}

/** Who is anonymous beside those that have keys runs nothing but completions and the like. */
function anonymousCaller(admin: boolean): Known {
  const unlimited = { limits: {}, endUserLimits: {}, budgets: [], content: noContentPolicy };
  return { caller: { name: 'anonymous', admin, mayUse: () => true, ...unlimited }, methods: undefined };
}

const adminMethods = new Set(Object.values(AdminServiceService).map(({ path }) => path.slice(1)));

function checkMethod({ caller, methods }: Known, path: string): void {
  const isForAdmins = adminMethods.has(path);
  if (!isForAdmins && !methods) return;
  const method = path.slice(path.indexOf('/') + 1);
  if (isForAdmins && !caller.admin)
    throw notAllowed(caller, method, 'may not: it is for administrators, with `admin: true` in their key');
  if (methods && !methods.has(method))
    throw notAllowed(caller, method, `may call ${[...methods].join(', ')}`);
}

function notAllowed({ name }: Caller, method: string, why: string): GatewayError {
  const message = `${method}: the caller "${name}" ${why}.`;
  return new GatewayError(ErrorReason.MODEL_NOT_ALLOWED, message, { metadata: { caller: name, method } });
}

function invalid(message: string): GatewayError {
  return new GatewayError(ErrorReason.CALLER_CREDENTIALS_INVALID, message);
}

// None of these quotes what was sent: it may be a key, if only one for somebody else.
const noKey =
  'The metadata has no `authorization`, and this gateway takes no anonymous calls. Send a key as `authorization: Bearer KEY`.';
const malformed = 'The metadata `authorization` is not of the form `Bearer KEY`, once.';
const unknownKey =
  'The key in the metadata `authorization` is not known here. Ask whoever runs the gateway for one, or leave it out where anonymous calls are taken.';
const onlyFromHere =
  'Anonymous calls are taken from the loopback only. Whoever runs the gateway can allow them by `auth: none`.';

function isLoopback(peer: string): boolean {
  // A Unix socket is reached from this machine only.
  return /^(127\.|\[?::1\]?:|\[?::ffff:127\.|unix:)/.test(peer);
}
