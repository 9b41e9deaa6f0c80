import type { CompleteResponse } from '../gen/sluice/v1/completion_service.ts';
import type { Call } from './ports/call.ts';
import type { CompletionEvents } from './ports/events.ts';
import { unfold } from './unfold.ts';

/** Answers a call with a stored answer, as the same events that a provider's answer would come in. */
export function replay(call: Call, stored: CompleteResponse): CompletionEvents {
  const { execution } = stored;
  return [
    {
      $case: 'started',
      value: {
        id: call.id,
        model: call.request.model,
        provider: execution?.provider ?? '',
        providerModel: execution?.providerModel ?? '',
        cacheStatus: call.cacheStatus,
      },
    },
    ...unfold(stored),
  ];
}
