import type { Config } from './config.ts';

const hello = { model: 'demo', prompt: 'hello' };
// Not from the cache, whence it would come all at once.
const streamed = { ...hello, cache: { mode: 'CACHE_MODE_BYPASS' } };

/** What a person who starts the gateway wants to know: where it listens, what is on, and what to paste next. */
export function welcome(
  { auth, keys, providers, redis, server, telemetry }: Config,
  { address, metricsAddress }: { address: string; metricsAddress: string | undefined },
): string {
  const withKey = keys.length > 0 && auth !== 'none' ? ' -H "authorization: Bearer $SLUICE_KEY"' : '';
  const grpcurl = `grpcurl ${server.tls ? '-insecure' : '-plaintext'}${withKey}`;
  const target = address.replace(/^(0\.0\.0\.0|\[::\])/, '127.0.0.1');
  const lines = [
    `Sluice listens on ${address}${server.tls ? (server.tls.clientCaFile ? ' (mutual TLS)' : ' (TLS)') : ''}`,
    `  providers  ${providers.map(({ name }) => name).join(', ')}`,
    `  callers    ${callers({ auth, keys })}`,
    `  state      ${redis ? 'Redis' : 'in memory'}`,
    `  metrics    ${metricsAddress === undefined ? 'off' : `http://${metricsAddress}/metrics`}`,
    `  traces     ${telemetry.otlpEndpoint ?? 'off (OTEL_EXPORTER_OTLP_ENDPOINT switches them on)'}`,
    '',
    'Try it:',
    `  ${grpcurl} -d '${JSON.stringify(hello)}' ${target} sluice.v1.CompletionService/Complete`,
    `  ${grpcurl} -d '${JSON.stringify(streamed)}' ${target} sluice.v1.CompletionService/StreamComplete`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function callers({ auth, keys }: Pick<Config, 'auth' | 'keys'>): string {
  if (auth === 'none') return 'anyone';
  if (keys.length === 0) return 'anyone on this machine';
  return keys.length === 1 ? 'one with a key' : `${keys.length} with keys`;
}
