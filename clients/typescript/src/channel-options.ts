import type { ChannelOptions } from '@grpc/grpc-js';
import { ipAddressOf } from './address.ts';
import type { ClientOptions } from './client-options.ts';
import { version } from './version.ts';

const MiB = 1024 * 1024;

/** The gateway's limit on messages, in bytes, in both directions. */
export const maxMessageBytes = 32 * MiB;

/** Fits grpc-js, whose defaults suit short calls with small messages, to calls that think long and carry images. */
export function buildChannelOptions(options: ClientOptions): ChannelOptions {
  return {
    'grpc.primary_user_agent': `@sluice/client/${version}`,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_receive_message_length': maxMessageBytes,
    // A request that does not fit the retry buffer is silently never retried; the defaults are 1 and 16 MiB.
    'grpc.per_rpc_retry_buffer_size': maxMessageBytes + MiB,
    'grpc.retry_buffer_size': 4 * maxMessageBytes,
    'grpc.keepalive_time_ms': options.keepalive?.timeMs ?? 30_000,
    'grpc.keepalive_timeout_ms': options.keepalive?.timeoutMs ?? 10_000,
    // Pings on an idle connection look like an attack to some proxies.
    'grpc.keepalive_permit_without_calls': 0,
    'grpc.service_config': JSON.stringify(buildServiceConfig(options)),
    // Otherwise a TXT record in the DNS could replace it.
    'grpc.service_config_disable_resolution': 1,
    // Node refuses to announce an IP address to a TLS server, as grpc-js would; the certificate is checked against it.
    ...(options.tls && ipAddressOf(options.address) && { 'grpc.ssl_target_name_override': 'localhost' }),
    ...options.channelOptions,
  };
}

function buildServiceConfig({ maxAttempts = 3, loadBalancing = 'pick_first' }: ClientOptions): object {
  return {
    loadBalancingConfig: [{ [loadBalancing]: {} }],
    methodConfig: maxAttempts > 1 ? [{ name: [{}], retryPolicy: buildRetryPolicy(maxAttempts) }] : [],
    // While most calls fail, retries only add to the trouble.
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  };
}

/** Where the gateway knows better when to come back, it says so in `grpc-retry-pushback-ms`, which wins. */
function buildRetryPolicy(maxAttempts: number): object {
  return {
    maxAttempts,
    initialBackoff: '0.2s',
    maxBackoff: '5s',
    backoffMultiplier: 3,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
}
