import {
  type Context,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { type GatewayError, reasonName } from '../completion/error.ts';
import type { Outcome } from '../completion/ports/call.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';
import type { CacheStatus } from '../gen/sluice/v1/execution.ts';
import type { RpcStart, RpcTelemetry } from '../grpc/rpc-telemetry.ts';
import { type AttemptDeps, recordConversation, startAttempt } from './attempt.ts';
import { type CallFields, completionFields, embeddingFields, endingName } from './call-fields.ts';
import { describeOutput } from './content.ts';
import { describeError, type Log } from './log.ts';
import { GenAi, General, Rpc, Sluice } from './names.ts';
import { recordAttributes } from './record-attributes.ts';
import { requestAttributes } from './request-attributes.ts';
import { cacheStatusName } from './short-names.ts';

/** What following an RPC takes. */
export interface RpcDeps extends AttemptDeps {
  log: Log;
}

/** Begins to follow an RPC: its SERVER span, its metrics and its log lines. */
export function startRpc(deps: RpcDeps, incoming: RpcStart): RpcTelemetry {
  const { tracer, metrics, log, captureContent, redact, now } = deps;
  const { method, metadata, peer } = incoming;
  const startedAt = now();
  const callers = propagator.extract(ROOT_CONTEXT, metadata, metadataGetter);
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, callers);
  const context: Context = trace.setSpan(callers, span);
  const ids = idsOf(span);
  let attemptCount = 0;
  let answering: { span: Span; endedAt: number } | undefined;
  let withheld = false;
  let over = false;
  metrics.rpcStarted();

  return {
    traceId: ids.trace_id,

    cacheLookedUp(status, durationMs) {
      metrics.cacheLookedUp(status);
      if (durationMs > WORTH_A_SPAN_MS && span.isRecording()) recordLookup(status, durationMs);
    },

    attemptStarted(target, request, streamed) {
      attemptCount += 1;
      return startAttempt(deps, {
        target,
        operation: 'chat',
        describe: () => requestAttributes(request, streamed),
        streamed,
        number: attemptCount,
        parent: context,
        ids,
        recordInput: (attemptSpan) => recordConversation(attemptSpan, request, redact),
        endAnswered: (attemptSpan) => {
          if (!captureContent) return attemptSpan.end();
          // The answer, whole, is known at settlement only; until then the span stays open.
          answering = { span: attemptSpan, endedAt: now() };
        },
      });
    },

    embeddingStarted(target, request) {
      attemptCount += 1;
      return startAttempt(deps, {
        target,
        operation: 'embeddings',
        describe: () => ({ [GenAi.EMBEDDINGS_DIMENSION_COUNT]: request.dimensions }),
        streamed: false,
        number: attemptCount,
        parent: context,
        ids,
        endAnswered: (attemptSpan) => attemptSpan.end(),
      });
    },

    answerWithheld() {
      withheld = true;
    },

    retryDenied(provider) {
      metrics.retryDenied(provider);
    },

    embeddingSettled(call, outcome) {
      const answer = outcome.ending === 'finished' ? outcome.answer : outcome.partial;
      const ending = outcome.ending === 'finished' ? 'OK' : reasonName(outcome.error.reason);
      if (outcome.ending === 'finished') metrics.knownModels.answered(call.request.model);
      metrics.attemptsSettled(call.attempts);
      const fields = embeddingFields(call, answer);
      log.info({ ...ids, ...fields, ending }, `embedding ${outcome.ending}`);
      if (span.isRecording()) recordCall(fields);
    },

    completionSettled(call, outcome) {
      const answer = outcome.ending === 'finished' ? outcome.answer : outcome.partial;
      const ending = endingName(outcome);
      const model = call.request.model;
      if (outcome.ending === 'finished') metrics.knownModels.answered(model);
      metrics.completionSettled({
        model,
        ending,
        cacheStatus: call.cacheStatus,
        attempts: answer.execution?.attempts ?? [],
      });
      const fields = completionFields(call, answer);
      log.info({ ...ids, ...fields, ending }, `completion ${outcome.ending}`);
      endAnswering(outcome);
      if (!span.isRecording()) return;
      recordCall(fields);
      recordAttributes(span, { [Sluice.COMPLETION_ID]: fields.id, [Sluice.CACHE_STATUS]: fields.cache });
    },

    failedQuietly(what, error) {
      log.error({ ...ids, what, error: describeError(error) }, 'failed without the caller noticing');
    },

    ended(status, error) {
      if (over) return;
      over = true;
      const errorType = SERVER_FAULTS.has(status) ? status : undefined;
      metrics.rpcEnded({ method, status, errorType, seconds: (now() - startedAt) / 1_000 });
      if (error?.reason === ErrorReason.INTERNAL) {
        log.error({ ...ids, method, error: describeError(error.cause ?? error) }, 'call failed unexpectedly');
      }
      endAnswering();
      if (span.isRecording()) endSpan(status, errorType, error);
    },
  };

  function recordCall(fields: CallFields): void {
    recordAttributes(span, {
      [Sluice.MODEL]: fields.model,
      [Sluice.CALLER]: fields.caller,
      [Sluice.PROVIDER]: fields.provider,
      [Sluice.ATTEMPT_COUNT]: fields.attempts,
      [Sluice.GATEWAY_DURATION]: fields.gateway_ms === undefined ? undefined : fields.gateway_ms / 1_000,
    });
  }

  function recordLookup(status: CacheStatus, durationMs: number): void {
    const end = now();
    const lookup = tracer.startSpan(
      'cache lookup',
      { startTime: end - durationMs, attributes: { [Sluice.CACHE_STATUS]: cacheStatusName(status) } },
      context,
    );
    lookup.end(end);
  }

  function endAnswering(outcome?: Outcome): void {
    if (!answering) return;
    if (outcome?.ending === 'finished' && !withheld) {
      answering.span.setAttribute(GenAi.OUTPUT_MESSAGES, redact(describeOutput(outcome.answer.message)));
    }
    answering.span.end(answering.endedAt);
    answering = undefined;
  }

  function endSpan(status: string, errorType: string | undefined, error: GatewayError | undefined): void {
    recordAttributes(span, {
      [Rpc.SYSTEM_NAME]: 'grpc',
      [Rpc.METHOD]: method,
      [Rpc.STATUS_CODE]: status,
      [General.NETWORK_PEER_ADDRESS]: hostOf(peer),
      [General.ERROR_TYPE]: errorType,
      [Sluice.ERROR_REASON]: error && reasonName(error.reason),
    });
    if (errorType) {
      span.setStatus({ code: SpanStatusCode.ERROR, ...(error && { message: redact(error.message) }) });
    }
    span.end();
  }
}

// A look-up in memory takes microseconds and would only be noise in a trace.
const WORTH_A_SPAN_MS = 1;

/** The statuses that the RPC conventions hold against a server; the others are the caller's doing. */
const SERVER_FAULTS = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

const propagator = new W3CTraceContextPropagator();

const metadataGetter: TextMapGetter<RpcStart['metadata']> = {
  get: (metadata, key) => metadata.get(key)[0]?.toString(),
  // Asked by propagators of baggage only, which is not taken from callers.
  keys: () => [],
};

function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

function idsOf(span: Span): { trace_id?: string; span_id?: string } {
  const { traceId, spanId } = span.spanContext();
  // Without tracing there is none.
  return traceId === INVALID_TRACEID ? {} : { trace_id: traceId, span_id: spanId };
}
