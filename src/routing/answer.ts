import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { Call, CompletionEvent, Now, Show } from '../completion/ports.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { attemptCompletion } from './attempt-completion.ts';
import { failOver } from './failover.ts';
import { traitsOf } from './reasons.ts';
import type { Target } from './routes.ts';

/**
 * Shows the answer of the first target that has one: `started` with the first content, `finished` at the end. Until
 * the first content is out, moving on is free and invisible; a streamed call that breaks after it fails, while a unary
 * call, whose caller has seen nothing, begins again.
 *
 * @throws GatewayError of the most telling failure.
 */
export function answer(
  call: Call,
  { targets, show, now }: { targets: readonly Target[]; show: Show; now: Now },
): Promise<void> {
  let shown = false;

  return failOver(call, targets, async (target) => {
    let begun = false;
    try {
      await attemptCompletion(call, {
        target,
        now,
        show(events) {
          const told = begun ? events : [beginning(call, target, shown), ...events];
          begun = true;
          shown = true;
          return show(told);
        },
      });
    } catch (thrown) {
      const error = toGatewayError(thrown);
      throw begun && call.streamed ? interruption(call, target, error) : error;
    }
  });
}

/** What precedes a target's first content: `started`, or that it takes over from one that broke. */
function beginning(call: Call, { provider, model }: Target, takesOver: boolean): CompletionEvent {
  if (!takesOver) {
    return {
      $case: 'started',
      value: {
        id: call.id,
        model: call.request.model,
        provider: provider.name,
        providerModel: model,
        cacheStatus: call.cacheStatus,
      },
    };
  }
  const failed = call.attempts.at(-1);
  return {
    $case: 'failedOver',
    value: {
      ...(failed && { failed }),
      discardPrevious: true,
      provider: provider.name,
      providerModel: model,
    },
  };
}

function interruption(call: Call, { provider }: Target, cause: GatewayError): GatewayError {
  // The caller's own leaving, and its deadline, are not the provider's breaking.
  if (call.abort.signal.aborted && traitsOf(cause.reason).circuit === 'nothing') return cause;
  return new GatewayError(
    ErrorReason.STREAM_INTERRUPTED,
    `The stream broke after content had been sent; what was sent is incomplete. ${cause.message}`,
    { cause, metadata: { ...cause.details.metadata, provider: provider.name } },
  );
}
