import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { Provider } from '../completion/ports/provider.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { askProvider } from './ask-provider.ts';
import type { Upstream } from './target.ts';

/**
 * Asks a provider for its models, whatever its circuit says, to see whether address and key are right.
 *
 * @throws GatewayError whose one sentence tells which of them is not, and which provider was looked for where.
 */
export async function checkProvider(upstream: Upstream, caller: AbortSignal): Promise<string[]> {
  const { provider, execution } = upstream;
  const { responseTimeoutMs: limitMs, connectTimeoutMs } = execution;
  try {
    return await askProvider({ provider, limitMs }, caller, (signal) =>
      provider.listModels({ signal, connectTimeoutMs }),
    );
  } catch (thrown) {
    throw caller.aborted ? thrown : withAddress(toGatewayError(thrown), provider);
  }
}

function withAddress({ reason, message, details }: GatewayError, { name, endpoint }: Provider): GatewayError {
  const address = `${endpoint.host}:${endpoint.port}`;
  const metadata = { ...details.metadata, provider: name, address };
  if (reason === ErrorReason.INTERNAL) return new GatewayError(reason, message, { ...details, metadata });
  if (reason === ErrorReason.MODEL_NOT_FOUND) {
    // No model was asked for: it is the list itself that is not there.
    const sentence = `${name} has no list of models at ${address}; its baseUrl seems to lack a path, such as /v1, or to have a wrong one.`;
    return new GatewayError(ErrorReason.PROVIDER_RESPONSE_INVALID, sentence, { ...details, metadata });
  }
  const sentence = `${message.replace(/\.$/, '')} (${name} is at ${address}).`;
  return new GatewayError(reason, sentence, { ...details, metadata });
}
