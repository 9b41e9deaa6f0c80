import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import { toMilliseconds } from '../completion/duration.ts';
import { type GatewayError, reasonName } from '../completion/error.ts';
import type {
  AttemptedTarget,
  AttemptTelemetry,
  ProviderAnswered,
} from '../completion/ports/attempt-telemetry.ts';
import type { Now } from '../completion/ports/now.ts';
import type { ResponseFacts } from '../completion/ports/provider.ts';
import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { AttemptOutcome } from '../gen/sluice/v1/execution.ts';
import type { WarnLog } from './bounded-log.ts';
import { describeInput } from './content.ts';
import { describeError, nameErrors } from './log.ts';
import type { Metrics, Operation } from './metrics.ts';
import { GenAi, General, Sluice } from './names.ts';
import { recordAttributes } from './record-attributes.ts';
import type { Redact } from './redact.ts';
import { conventionalFinishReason } from './short-names.ts';

export interface AttemptDeps {
  tracer: Tracer;
  metrics: Metrics;
  /** Bounded: a provider that is down fails with every call. */
  warnLog: WarnLog;
  redact: Redact;
  captureContent: boolean;
  now: Now;
}

export interface StartedAttempt {
  target: AttemptedTarget;
  operation: Operation;
  /** How the model is asked. Looked at where the span is recorded only. */
  describe(): Attributes;
  streamed: boolean;
  /** From 1 within the call. */
  number: number;
  /** Holds the call's own span. */
  parent: Context;
  /** Trace and span of the call, for log lines. */
  ids: object;
  /** What the model is asked, where content is captured. */
  recordInput?(span: Span): void;
  /** Ends the span of an attempt that answered. */
  endAnswered(span: Span): void;
}

/** Follows one try at one provider: a CLIENT span, the inference metrics, and a warning where it failed. */
export function startAttempt(
  { tracer, metrics, warnLog, redact, captureContent, now }: AttemptDeps,
  { target, operation, describe, streamed, number, parent, ids, recordInput, endAnswered }: StartedAttempt,
): AttemptTelemetry {
  const { provider, model } = target;
  const startedAt = now();
  let firstContentMs: number | undefined;
  const span = tracer.startSpan(`${operation} ${model}`, { kind: SpanKind.CLIENT }, parent);
  if (captureContent && span.isRecording()) recordInput?.(span);

  return {
    firstContent() {
      firstContentMs ??= now() - startedAt;
    },
    ended(attempt, facts, { answered, error }) {
      const secondsToFirstChunk =
        streamed && firstContentMs !== undefined ? firstContentMs / 1_000 : undefined;
      const errorType = error && reasonName(error.reason);
      metrics.inferenceEnded({
        target,
        operation,
        seconds: (attempt.duration ? toMilliseconds(attempt.duration) : now() - startedAt) / 1_000,
        secondsToFirstChunk,
        errorType,
        usage: attempt.usage,
      });
      // A caller that left says nothing against the provider.
      if (error && attempt.outcome !== AttemptOutcome.CANCELLED) warn(error);
      if (span.isRecording()) {
        recordAttributes(span, targetAttributes());
        recordAttributes(span, describe());
        recordAttributes(span, responseAttributes(facts, answered, error));
        recordAttributes(span, { [GenAi.RESPONSE_TIME_TO_FIRST_CHUNK]: secondsToFirstChunk });
        if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: redact(error.message) });
      }
      if (answered) endAnswered(span);
      else span.end();
    },
  };

  function targetAttributes(): Attributes {
    return {
      [GenAi.OPERATION_NAME]: operation,
      [GenAi.PROVIDER_NAME]: provider.telemetryName,
      [GenAi.REQUEST_MODEL]: model,
      [General.SERVER_ADDRESS]: provider.endpoint.host,
      [General.SERVER_PORT]: provider.endpoint.port,
      [Sluice.PROVIDER]: provider.name,
      [Sluice.ATTEMPT_NUMBER]: number,
    };
  }

  function warn(error: GatewayError): void {
    const { httpStatus, providerCode, providerRequestId } = error.details;
    const fields = {
      ...ids,
      provider: provider.name,
      model,
      number,
      reason: reasonName(error.reason),
      http_status: httpStatus,
      provider_code: providerCode,
      provider_request_id: providerRequestId,
      problem: error.message,
      // A provider's own words may quote the prompt, and so may the message of a parser that choked on an answer.
      cause: captureContent ? describeError(error.cause) : nameErrors(error.cause),
    };
    // Bounded by message: one provider's failures must not hide another's.
    warnLog.warn(fields, `attempt at ${provider.name} failed`);
  }
}

export function recordConversation(span: Span, request: CompleteRequest, redact: Redact): void {
  const { instructions, messages } = describeInput(request);
  if (instructions !== '[]') span.setAttribute(GenAi.SYSTEM_INSTRUCTIONS, redact(instructions));
  span.setAttribute(GenAi.INPUT_MESSAGES, redact(messages));
}

function responseAttributes(
  facts: ResponseFacts,
  answered: ProviderAnswered | undefined,
  error: GatewayError | undefined,
): Attributes {
  const usage = answered?.usage ?? error?.details.usage;
  return {
    [GenAi.RESPONSE_ID]: facts.responseId,
    [GenAi.RESPONSE_MODEL]: facts.responseModel,
    [GenAi.RESPONSE_FINISH_REASONS]: finishReasons(answered),
    [General.HTTP_RESPONSE_STATUS_CODE]: facts.httpStatus ?? error?.details.httpStatus,
    [Sluice.PROVIDER_REQUEST_ID]: facts.requestId ?? error?.details.providerRequestId,
    [General.ERROR_TYPE]: error && reasonName(error.reason),
    [GenAi.USAGE_INPUT_TOKENS]: usage?.inputTokens,
    [GenAi.USAGE_OUTPUT_TOKENS]: usage?.outputTokens,
    [GenAi.USAGE_CACHE_READ_INPUT_TOKENS]: usage?.cacheReadTokens || undefined,
    [GenAi.USAGE_CACHE_WRITE_INPUT_TOKENS]: usage?.cacheWriteTokens || undefined,
    [GenAi.USAGE_REASONING_OUTPUT_TOKENS]: usage?.reasoningTokens || undefined,
  };
}

/** Embeddings do not finish for a reason. */
function finishReasons(answered: ProviderAnswered | undefined): string[] | undefined {
  if (!answered) return ['error'];
  return answered.finishReason && [conventionalFinishReason(answered.finishReason)];
}
