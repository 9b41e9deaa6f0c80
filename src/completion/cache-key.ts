import { hash } from 'node:crypto';
import { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { UnsupportedParameterPolicy } from '../gen/sluice/v1/execution.ts';
import { useEncoded } from './encode-message.ts';
import { messagesOf } from './messages.ts';
import type { CacheKey } from './ports/cache.ts';
import type { Call } from './ports/call.ts';
import type { GuardedRoute } from './ports/contents.ts';

/**
 * Digests everything that can change the answer: the request in its canonical form, the targets behind its model,
 * the caller, the namespace, the policies on content. Everything is in unless it is known to be neutral, so that a new
 * field of the contract separates answers until somebody has thought about it.
 */
export function cacheKey(
  { request, caller }: Call,
  { targets, contentPolicy }: Pick<GuardedRoute, 'targets' | 'contentPolicy'>,
): CacheKey {
  // Of how to try, only the policy on parameters counts: it decides between a warning and a refusal.
  const policy = request.execution?.unsupportedParameters ?? UnsupportedParameterPolicy.UNSPECIFIED;
  const scope = JSON.stringify([caller.name, request.cache?.namespace ?? '', targets, policy, contentPolicy]);
  const digest = useEncoded(CompleteRequest, canonical(request, scope), (bytes) => hash('sha256', bytes));
  return { model: request.model, digest };
}

function canonical(request: CompleteRequest, scope: string): CompleteRequest {
  return {
    ...request,
    // The shorthand and what it stands for are one request.
    prompt: '',
    messages: messagesOf(request),
    providerOptions: sorted(request.providerOptions),
    // Neutral: how long and how often to try, whether to store, who pays, on whose behalf.
    execution: undefined,
    cache: undefined,
    endUser: '',
    labels: {},
    // Neutral, too, so that there is room for what counts beside the request.
    requestId: scope,
  };
}

/** A proto map has no order, but its encoding has. */
function sorted(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
