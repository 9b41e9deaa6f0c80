import type { Finished } from '../../gen/sluice/v1/completion_service.ts';
import type { Attempt } from '../../gen/sluice/v1/execution.ts';
import type { GatewayError } from '../error.ts';
import type { Provider, ResponseFacts } from './provider.ts';

export interface AttemptedTarget {
  provider: Provider;
  /** The provider's own name of the model. */
  model: string;
}

export interface AttemptTelemetry {
  firstContent(): void;
  /** The attempt is over; `answered` where it answered, `error` where it failed. */
  ended(
    attempt: Attempt,
    facts: ResponseFacts,
    result: { answered?: ProviderAnswered; error?: GatewayError },
  ): void;
}

/** How a provider ended an answer. Only completions have a reason to finish. */
export type ProviderAnswered = Pick<Finished, 'usage'> & Partial<Pick<Finished, 'finishReason'>>;
