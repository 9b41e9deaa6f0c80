import type { Attributes } from '@opentelemetry/api';
import { type CompleteRequest, ReasoningEffort } from '../gen/sluice/v1/completion_service.ts';
import { GenAi } from './names.ts';

/** Describes how a model is asked, without what it is asked. Attributes that are undefined are not recorded. */
export function requestAttributes(request: CompleteRequest, streamed: boolean): Attributes {
  const { maxOutputTokens, sampling, reasoning, responseFormat } = request;
  return {
    [GenAi.REQUEST_STREAM]: streamed || undefined,
    [GenAi.REQUEST_MAX_TOKENS]: maxOutputTokens,
    [GenAi.OUTPUT_TYPE]: outputType(responseFormat?.format?.$case),
    [GenAi.REQUEST_REASONING_LEVEL]: reasoningLevel(reasoning?.effort),
    [GenAi.REQUEST_TEMPERATURE]: sampling?.temperature,
    [GenAi.REQUEST_TOP_P]: sampling?.topP,
    [GenAi.REQUEST_TOP_K]: sampling?.topK,
    [GenAi.REQUEST_SEED]: sampling?.seed,
    [GenAi.REQUEST_FREQUENCY_PENALTY]: sampling?.frequencyPenalty,
    [GenAi.REQUEST_PRESENCE_PENALTY]: sampling?.presencePenalty,
    // A copy, since a span is sent long after the request is gone.
    [GenAi.REQUEST_STOP_SEQUENCES]: sampling?.stop.length ? [...sampling.stop] : undefined,
  };
}

function outputType(format: 'text' | 'jsonObject' | 'jsonSchema' | undefined): string | undefined {
  if (format === undefined) return undefined;
  return format === 'text' ? 'text' : 'json';
}

function reasoningLevel(effort: ReasoningEffort | undefined): string | undefined {
  if (effort === undefined || effort === ReasoningEffort.UNSPECIFIED) return undefined;
  return effort.replace('REASONING_EFFORT_', '').toLowerCase();
}
