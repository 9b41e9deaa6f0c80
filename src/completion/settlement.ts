import type { CompleteResponse, Finished } from '../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import { CacheStatus, type Execution } from '../gen/sluice/v1/execution.ts';
import type { Cost, Usage } from '../gen/sluice/v1/usage.ts';
import { isWorthStoring } from './caching.ts';
import { toDuration, toMilliseconds } from './duration.ts';
import { GatewayError, toGatewayError } from './error.ts';
import { createFold } from './fold.ts';
import type { Call, CompletionEvent, CompletionEvents, Now, Outcome, Settle } from './ports.ts';

/**
 * Holds what a call owes (leases, reservations, a place in the cache, a trace) and pays it exactly once when it is
 * disposed of, whichever way the call ended: finished, failed, or left by its caller in mid-sentence.
 */
export interface Settlement extends AsyncDisposable {
  /** Adds a debt. Debts are settled in reverse order. */
  owe(name: string, settle: Settle | undefined): void;
  /** Where to store the answer, should it turn out worth storing. */
  store(store: (answer: CompleteResponse) => void): void;
  /** Lets events through to the caller, takes them down, and completes the last one with cost and execution. */
  pass(events: CompletionEvents): CompletionEvents;
  /** Notes that the call failed; returns the error to throw, with every attempt in it. */
  failed(thrown: unknown): GatewayError;
  /** The whole answer, once `finished` has passed. */
  answer(): CompleteResponse;
}

export function openSettlement({ call, now }: { call: Call; now: Now }): Settlement {
  const fold = createFold();
  const debts: { name: string; settle: Settle }[] = [];
  let storeAnswer: ((answer: CompleteResponse) => void) | undefined;
  let answeredBy = { provider: '', providerModel: '' };
  let firstContentAt: number | undefined;
  let outcome: Outcome | undefined;

  return {
    owe(name, settle) {
      if (settle) debts.push({ name, settle });
    },
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
      const error = withAttempts(call, explain(call, thrown));
      outcome ??= { ending: 'failed', error, partial: partialAnswer() };
      return error;
    },
    answer: () => fold.answer(),
    async [Symbol.asyncDispose]() {
      outcome ??= { ending: 'failed', error: withAttempts(call, departure(call)), partial: partialAnswer() };
      for (const { name, settle } of debts.reverse()) {
        try {
          await settle(outcome);
        } catch (error) {
          // The answer is good and must not suffer for our books; whoever runs the gateway must know.
          call.telemetry.failedQuietly(`settle ${name}`, error);
        }
      }
      if (outcome.ending === 'finished' && isWorthStoring(outcome.answer.finishReason))
        storeAnswer?.(outcome.answer);
      call.telemetry.completionSettled(call, outcome);
    },
  };

  function noteProvider(event: CompletionEvent): void {
    if (event.$case === 'started' || event.$case === 'failedOver') {
      const { provider, providerModel } = event.value;
      answeredBy = { provider, providerModel };
    }
  }

  function completed({ finishReason, providerFinishReason, usage }: Finished): Finished {
    return { finishReason, providerFinishReason, usage, cost: costOf(call, usage), execution: execution() };
  }

  function partialAnswer(): CompleteResponse {
    return { ...fold.answer(), id: call.id, model: call.request.model, execution: execution() };
  }

  function execution(): Execution {
    const duration = now() - call.arrivedAt;
    const atProviders = call.attempts.reduce(
      (sum, { duration }) => sum + (duration ? toMilliseconds(duration) : 0),
      0,
    );
    return {
      ...answeredBy,
      attempts: call.attempts,
      cacheStatus: call.cacheStatus,
      timeToFirstContent:
        firstContentAt === undefined ? undefined : toDuration(firstContentAt - call.arrivedAt),
      duration: toDuration(duration),
      gatewayDuration: toDuration(Math.max(0, duration - atProviders)),
    };
  }
}

/** Prices come with the accounting of usage; until then an answer that cost something says that it is not priced. */
function costOf(call: Call, usage: Usage | undefined): Cost {
  const free = call.cacheStatus === CacheStatus.HIT;
  return { nanoUsd: 0, unpriced: !free, estimated: !free && (usage?.estimated ?? false) };
}

function explain(call: Call, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return toGatewayError(call.abort.signal.aborted ? call.abort.signal.reason : thrown);
}

/** The caller stopped reading, with or without saying why. */
function departure(call: Call): GatewayError {
  if (call.abort.signal.aborted) return toGatewayError(call.abort.signal.reason);
  return new GatewayError(ErrorReason.CANCELLED, 'The caller left.');
}

function withAttempts({ attempts }: Call, error: GatewayError): GatewayError {
  if (attempts.length === 0) return error;
  return new GatewayError(error.reason, error.message, { ...error.details, attempts });
}
