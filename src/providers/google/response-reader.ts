import type { Now } from '../../completion/ports/now.ts';
import type { Answer, ProviderCall } from '../../completion/ports/provider.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import { providerError } from '../shared/http-error.ts';
import { type JsonObject, numberAt, objectAt, objectsAt, stringAt } from '../shared/json.ts';
import { mapAnswerPart } from './map-answer-part.ts';
import { mapCitations } from './map-citations.ts';
import { answeredError } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { missingId } from './tool-call-id.ts';

/** Reads one answer of Gemini's, whole or by its chunks: a chunk has the form of a whole answer. */
export interface ResponseReader {
  /** The parts that are new in this response. Throws a GatewayError for what it reports instead of an answer. */
  read(response: JsonObject): Part[];
  /** What remains to be said at the end; undefined where the model has not finished. */
  ending(): ResponseEnding | undefined;
}

export interface ResponseEnding extends Pick<Answer, 'finishReason' | 'providerFinishReason' | 'usage'> {
  /** Told last, since the same sources come again and again while an answer grows. */
  citations: Part[];
}

/** Creates a reader; `now` makes ids of tool calls unique where the answer has no id. */
export function createResponseReader(deps: {
  call: ProviderCall;
  provider: string;
  now: Now;
}): ResponseReader {
  const { call, provider, now } = deps;
  const citations = new Map<string, Part>();
  let answerId: string | undefined;
  let toolCalls = 0;
  let finishWord: string | undefined;
  let usage: JsonObject | undefined;

  return {
    read(response) {
      const error = answeredError(response, provider);
      if (error) throw error;
      introduce(response);
      const counts = objectAt(response, 'usageMetadata');
      // Counts are cumulative, but not every chunk has them all.
      if (counts) usage = { ...usage, ...counts };
      const candidate = objectsAt(response, 'candidates').find((one) => (numberAt(one, 'index') ?? 0) === 0);
      if (!candidate) {
        refuseBlocked(response);
        return [];
      }
      // More may follow it, and another word.
      finishWord = finishWordOf(candidate) ?? finishWord;
      for (const value of mapCitations(candidate)) {
        citations.set(`${value.uri}\n${value.title}`, { part: { $case: 'citation', value } });
      }
      const parts = objectsAt(objectAt(candidate, 'content'), 'parts');
      return parts.flatMap((part) => mapAnswerPart(part, nextCallId));
    },
    ending() {
      if (finishWord === undefined) return undefined;
      return {
        citations: [...citations.values()],
        finishReason: mapFinishReason(finishWord, { calledTools: toolCalls > 0 }),
        providerFinishReason: finishWord,
        usage: mapUsage(usage),
      };
    },
  };

  function introduce(response: JsonObject): void {
    if (answerId !== undefined) return;
    answerId = stringAt(response, 'responseId');
    const responseModel = stringAt(response, 'modelVersion');
    call.report({
      ...(answerId !== undefined && { responseId: answerId }),
      ...(responseModel && { responseModel }),
    });
  }

  function nextCallId(): string {
    answerId ??= now().toString(36);
    const id = missingId(answerId, toolCalls);
    toolCalls += 1;
    return id;
  }

  /** A prompt that is blocked is answered with status 200, and with nothing but the reason. */
  function refuseBlocked(response: JsonObject): void {
    const blockReason = stringAt(objectAt(response, 'promptFeedback'), 'blockReason');
    if (!blockReason) return;
    const reason = ErrorReason.CONTENT_BLOCKED;
    throw providerError({ provider, httpStatus: undefined, code: blockReason, reason, cause: undefined });
  }
}

function finishWordOf(candidate: JsonObject): string | undefined {
  const { finishReason } = candidate;
  // Some proxies ask for enums as numbers.
  if (typeof finishReason === 'number') return FINISH_WORDS[finishReason] ?? String(finishReason);
  return stringAt(candidate, 'finishReason') || undefined;
}

/** By number, as far as Gemini and Vertex agree. */
const FINISH_WORDS = ['FINISH_REASON_UNSPECIFIED', 'STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'OTHER'];
