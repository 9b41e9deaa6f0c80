import type { ChannelOptions } from '@grpc/grpc-js';
import type { ApiKey, CallMetadata } from './call-metadata.ts';
import type { TlsOptions } from './credentials.ts';

/** How to reach the gateway, and how calls behave unless they say otherwise. */
export interface ClientOptions {
  /** A gRPC target: `host:port`, `dns:///host:port` or `unix:/path`. */
  address: string;
  /** The caller's key, or a function that fetches it for each call. Sent as `authorization: Bearer …`. */
  apiKey?: ApiKey;
  /** TLS with the authorities that Node trusts, or as described. Off when absent. */
  tls?: boolean | TlsOptions;
  /** Lets the key travel without TLS to another machine. Only where something else encrypts the connection. */
  allowInsecureApiKey?: boolean;
  /**
   * Limit on unary calls, in milliseconds. Defaults to 600 000, the gateway's own limit. Streams have none but
   * what the call sets, since the gateway ends a stream that falls silent.
   */
  timeoutMs?: number;
  /**
   * How often a call is tried, 1 to 5; 1 turns retries off. Defaults to 3. Only calls that end UNAVAILABLE before
   * the first message are tried again, after the time that the gateway names.
   */
  maxAttempts?: number;
  /** Pings while calls are running, so that a dead connection is noticed under a model that thinks for minutes. */
  keepalive?: KeepaliveOptions;
  /**
   * How connections are chosen where the address names several. Defaults to `pick_first`; `round_robin` spreads
   * the calls, for instance over the pods of a headless Kubernetes service.
   */
  loadBalancing?: 'pick_first' | 'round_robin';
  /** Options for grpc-js that this client has no word for. They win over the client's own. */
  channelOptions?: ChannelOptions;
}

export interface KeepaliveOptions {
  /** Silence before a ping, in milliseconds. Defaults to 30 000. */
  timeMs?: number;
  /** How long to wait for its answer before the connection counts as dead, in milliseconds. Defaults to 10 000. */
  timeoutMs?: number;
}

/** How one call behaves. */
export interface CallOptions {
  /** Ends the call at once, here and at the provider. The error has status CANCELLED and `signal.reason` as cause. */
  signal?: AbortSignal | undefined;
  /** Limit on the call, in milliseconds; the gateway and the provider know of it. Infinity: none. */
  timeoutMs?: number | undefined;
  /** Metadata to send along. */
  metadata?: CallMetadata | undefined;
}
