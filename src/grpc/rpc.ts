import type { PeerCertificate } from 'node:tls';
import { type Deadline, Metadata } from '@grpc/grpc-js';
import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { Caller } from '../completion/ports/call.ts';
import type { Now } from '../completion/ports/now.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Authenticate } from '../policy/authenticate.ts';
import type { RpcObserver, RpcTelemetry } from './rpc-telemetry.ts';
import type { RunningCalls } from './running-calls.ts';

/** What is known of an RPC beside its request. */
export interface RpcContext {
  /** Aborted with a GatewayError when the caller leaves, the deadline passes, or the gateway stops. */
  readonly abort: AbortController;
  /** The caller's deadline in milliseconds since the epoch; Infinity where there is none. */
  readonly deadline: number;
  /** Address of the caller, `host:port`. */
  readonly peer: string;
  readonly metadata: Metadata;
  readonly telemetry: RpcTelemetry;
  /** The caller's certificate, where `server.tls.clientCaFile` has verified one. */
  clientCertificate(): PeerCertificate | undefined;
  /** Adds a trailer to the answer, or to the error. */
  tell(name: string, value: string): void;
}

/** What a handler knows of its RPC beside the request: it is not called for callers that nobody knows. */
export interface CallContext extends RpcContext {
  readonly caller: Caller;
}

/** An RPC on its way. */
export interface Rpc {
  readonly context: RpcContext;
  /** Set once the status is on its way: leaving no longer matters. */
  answered: boolean;
  /** Why the caller is gone, where it left before: nothing more can be sent. */
  callerGone: GatewayError | undefined;
  /** What the handler tells beside its answer; undefined where that is nothing. */
  trailers: Metadata | undefined;
}

/** What serving an RPC needs. */
export interface RpcDependencies {
  authenticate: Authenticate;
  observer: RpcObserver;
  running: RunningCalls;
  /** Largest message sent, in bytes. */
  maxMessageBytes: number;
  now: Now;
}

/** What the calls that grpc-js hands over have in common. */
interface IncomingCall {
  readonly metadata: Metadata;
  getDeadline(): Deadline;
  getPeer(): string;
  getAuthContext(): { sslPeerCertificate?: PeerCertificate };
  once(event: 'cancelled', listener: () => void): unknown;
}

/**
 * Follows a call of a method, such as `sluice.v1.CompletionService/Complete`, until it is over, and tells its handler when
 * the caller leaves.
 */
export function beginRpc(
  method: string,
  call: IncomingCall,
  { observer, running, now }: RpcDependencies,
): Rpc {
  const abort = new AbortController();
  const deadline = Number(call.getDeadline());
  const { metadata } = call;
  // Looked up at once, since it is unknown when the caller is gone.
  const peer = call.getPeer();
  const telemetry = observer.rpcStarted({ method, metadata, peer });
  const clientCertificate = () => call.getAuthContext().sslPeerCertificate;
  const tell = (name: string, value: string) => {
    rpc.trailers ??= new Metadata();
    rpc.trailers.add(name, value);
  };
  const context = { abort, deadline, peer, metadata, telemetry, clientCertificate, tell };
  const rpc: Rpc = { context, answered: false, callerGone: undefined, trailers: undefined };
  // grpc-js also hands over a call whose deadline passed before the end of its request was read. It has told the caller,
  // and never says 'cancelled' of it.
  if (now() >= deadline - timerToleranceMs) {
    rpc.callerGone = deadlinePassed();
    abort.abort(rpc.callerGone);
    return rpc;
  }
  running.add(abort);
  // Comes once for every call, also for those that were answered.
  call.once('cancelled', () => {
    running.delete(abort);
    if (rpc.answered) return;
    rpc.callerGone = whyGone(deadline, now());
    abort.abort(rpc.callerGone);
  });
  return rpc;
}

/**
 * Lets a caller in, before its request is looked at: every handler there is gets its context from here.
 *
 * @throws GatewayError CALLER_CREDENTIALS_INVALID, MODEL_NOT_ALLOWED
 */
export function admitCaller(
  method: string,
  { context }: Rpc,
  { authenticate }: RpcDependencies,
): CallContext {
  return { ...context, caller: authenticate(context, method) };
}

/** What to tell the caller, whatever a handler threw. After an abort, whoever aborted knows why. */
export function errorOf(thrown: unknown, { context }: Rpc): GatewayError {
  if (thrown instanceof GatewayError || !context.abort.signal.aborted) return toGatewayError(thrown);
  return toGatewayError(context.abort.signal.reason);
}

/**
 * A client that reaches its deadline resets the call, which looks like leaving and may arrive a little before the
 * deadline as we count it, from the arrival of the request.
 */
const deadlineToleranceMs = 25;

/** A timer may end a little before the clock says so. */
const timerToleranceMs = 2;

function whyGone(deadline: number, now: number): GatewayError {
  if (now >= deadline - deadlineToleranceMs) {
    return deadlinePassed();
  }
  return new GatewayError(ErrorReason.CANCELLED, 'The caller left.');
}

function deadlinePassed(): GatewayError {
  return new GatewayError(ErrorReason.DEADLINE_EXCEEDED, "The caller's deadline passed.");
}
