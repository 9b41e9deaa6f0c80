import type { GatewayError } from '../completion/error.ts';
import type { CallTelemetry } from '../completion/ports/call.ts';

/** Follows RPCs for traces, metrics and logs. None of its methods throws. */
export interface RpcObserver {
  rpcStarted(start: RpcStart): RpcTelemetry;
}

/** What is known of an RPC when it arrives. */
export interface RpcStart {
  /** Full name of the method, such as `sluice.v1.CompletionService/Complete`. */
  readonly method: string;
  /** The caller's metadata, for the trace context. */
  readonly metadata: { get(key: string): readonly (string | Buffer)[] };
  /** Address of the caller, `host:port`. */
  readonly peer: string;
}

/** Follows one RPC. */
export interface RpcTelemetry extends CallTelemetry {
  /** Id of the trace that the RPC belongs to, where there is one. */
  readonly traceId: string | undefined;
  /**
   * The RPC is over, and so is its handler. Called exactly once, with the gRPC status that the caller saw, such as
   * `OK` or `UNAVAILABLE`, and the error behind it.
   */
  ended(status: string, error?: GatewayError): void;
}
