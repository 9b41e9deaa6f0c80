import type { CompleteResponse, Finished } from '../gen/sluice/v1/completion_service.ts';
import type { Execution } from '../gen/sluice/v1/execution.ts';
import { accountOf, failureOf } from './account.ts';
import { isWorthStoring } from './caching.ts';
import { createDebts } from './debts.ts';
import { toDuration } from './duration.ts';
import type { GatewayError } from './error.ts';
import { createFold } from './fold.ts';
import type { Call, Outcome } from './ports/call.ts';
import type { CompletionEvent, CompletionEvents } from './ports/events.ts';
import type { Now } from './ports/now.ts';
import type { Close, Policy } from './ports/policy.ts';
import type { Route } from './ports/route.ts';
import { costOf } from './usage.ts';

/**
 * Holds what a call owes (leases, reservations, a place in the cache, a trace) and pays it exactly once when it is
 * disposed of, whichever way the call ended: finished, failed, or left by its caller in mid-sentence.
 */
export interface Settlement extends AsyncDisposable {
  /** Asks the policies in order; what each wants settled is settled in reverse order. Not a promise where they answer at once. */
  admit(policies: readonly Policy[], route: Route): void | Promise<void>;
  /** Where to store the answer, should it turn out worth storing. */
  store(store: (answer: CompleteResponse) => void): void;
  /** Lets events through to the caller, takes them down, and completes the last one with cost and execution. */
  pass(events: CompletionEvents): CompletionEvents;
  /** Notes that the call failed; returns the error to throw, with every attempt in it. */
  failed(thrown: unknown): GatewayError;
  /** The whole answer, once `finished` has passed. */
  answer(): CompleteResponse;
}

export function openSettlement({ call, close, now }: { call: Call; close: Close; now: Now }): Settlement {
  const fold = createFold();
  const debts = createDebts(call);
  let storeAnswer: ((answer: CompleteResponse) => void) | undefined;
  let answeredBy = { provider: '', providerModel: '' };
  let firstContentAt: number | undefined;
  let outcome: Outcome | undefined;

  return {
    admit: debts.admit,
    store(store) {
      storeAnswer = store;
    },
    pass(events) {
      firstContentAt ??= now();
      for (const event of events) noteProvider(event);
      const last = events.at(-1);
      if (last?.$case !== 'finished') {
        fold.add(events);
        return events;
      }
      const complete: CompletionEvents = [
        ...events.slice(0, -1),
        { $case: 'finished', value: completed(last.value) },
      ];
      fold.add(complete);
      // Settled before it is shown: a caller that leaves upon the last event has had the whole answer.
      outcome = { ending: 'finished', answer: fold.answer() };
      return complete;
    },
    failed(thrown) {
      const error = failureOf(call, thrown);
      outcome ??= { ending: 'failed', error, partial: partialAnswer() };
      return error;
    },
    answer: () => fold.answer(),
    async [Symbol.asyncDispose]() {
      outcome ??= {
        ending: 'failed',
        error: failureOf(call, new Error('no outcome')),
        partial: partialAnswer(),
      };
      await debts.settle(outcome);
      close(call, outcome);
      if (outcome.ending === 'finished' && isWorthStoring(outcome.answer)) storeAnswer?.(outcome.answer);
      call.telemetry.completionSettled(call, outcome);
    },
  };

  function noteProvider(event: CompletionEvent): void {
    // What two models have said in turns is good enough for the caller who was waiting, not for the next one.
    if (event.$case === 'failedOver' && !event.value.discardPrevious) storeAnswer = undefined;
    if (event.$case === 'started' || event.$case === 'failedOver') {
      const { provider, providerModel } = event.value;
      answeredBy = { provider, providerModel };
    }
  }

  function completed({ finishReason, providerFinishReason, usage }: Finished): Finished {
    return {
      finishReason,
      providerFinishReason,
      usage,
      cost: costOf(call.attempts),
      execution: execution(),
    };
  }

  function partialAnswer(): CompleteResponse {
    return { ...fold.answer(), id: call.id, model: call.request.model, execution: execution() };
  }

  function execution(): Execution {
    return {
      ...accountOf(call, answeredBy, now()),
      cacheStatus: call.cacheStatus,
      timeToFirstContent:
        firstContentAt === undefined ? undefined : toDuration(firstContentAt - call.arrivedAt),
    };
  }
}
