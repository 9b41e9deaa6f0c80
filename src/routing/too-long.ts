import { GatewayError } from '../completion/error.ts';
import { estimateInputTokens } from '../completion/estimate-tokens.ts';
import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { Target } from './target.ts';

/**
 * Why a request looks too long for a model, if it does: by an estimate of its tokens, with the output that it allows,
 * beside the context window that the catalogue knows.
 */
export function tooLong(
  request: CompleteRequest,
  { provider, model, facts }: Target,
): GatewayError | undefined {
  const window = facts()?.contextWindow ?? 0;
  if (window === 0) return undefined;
  const tokens = estimateInputTokens(request) + (request.maxOutputTokens ?? 0);
  if (tokens <= window) return undefined;
  return new GatewayError(
    ErrorReason.CONTEXT_LENGTH_EXCEEDED,
    `The request takes some ${tokens} tokens, output included; ${provider.name}/${model} has ${window}. Send less, or ask for a model with a larger window.`,
    { metadata: { provider: provider.name, model, tokens: String(tokens), contextWindow: String(window) } },
  );
}
