import { type GatewayError, reasonName } from '../completion/error.ts';
import type { AnyCall } from '../completion/ports/call.ts';
import { AttemptOutcome } from '../gen/sluice/v1/execution.ts';
import type { Target } from './target.ts';

/** Notes that a target was not asked, and why. Waiting for one is told once, however often it is looked at. */
export function skip(
  call: AnyCall,
  { provider, model }: Pick<Target, 'provider' | 'model'>,
  { reason }: GatewayError,
  now: number,
): void {
  const last = call.attempts.at(-1);
  const why = reasonName(reason);
  const isSame = last?.outcome === AttemptOutcome.SKIPPED && last.reason === why;
  if (isSame && last.provider === provider.name && last.providerModel === model) return;
  call.attempts.push({
    provider: provider.name,
    providerModel: model,
    startTime: new Date(now),
    duration: { seconds: 0, nanos: 0 },
    outcome: AttemptOutcome.SKIPPED,
    reason: why,
    httpStatus: 0,
    providerRequestId: '',
  });
}
