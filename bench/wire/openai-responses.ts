import { ANSWER, TOKEN, TOKENS_PER_STREAM } from '../sample.ts';
import { EVENT_STREAM, INPUT_TOKENS, json, namedEvent, OUTPUT_TOKENS, type Wire } from './wire.ts';

const place = { item_id: 'msg_bench0123456789abcdef0123456789abcdef012345', output_index: 0 };
const textPlace = { ...place, content_index: 0 };
const streamed = TOKEN.repeat(TOKENS_PER_STREAM);

/** OpenAI's Responses API. A stream tells its text three more times at the end. */
export const openAiResponses: Wire = {
  address: /\/v1\/responses/,
  requestIdHeader: 'x-request-id',
  whole: json(response('completed', ANSWER)),
  streamType: EVENT_STREAM,
  opening: Buffer.concat([
    namedEvent({ type: 'response.created', ...at(0), response: response('in_progress') }),
    namedEvent({ type: 'response.in_progress', ...at(1), response: response('in_progress') }),
    namedEvent({ type: 'response.output_item.added', ...at(2), output_index: 0, item: item('in_progress') }),
    namedEvent({ type: 'response.content_part.added', ...at(3), ...textPlace, part: part('') }),
  ]),
  token: namedEvent({
    type: 'response.output_text.delta',
    ...at(50),
    ...textPlace,
    delta: TOKEN,
    logprobs: [],
  }),
  closing: Buffer.concat([
    namedEvent({
      type: 'response.output_text.done',
      ...at(104),
      ...textPlace,
      text: streamed,
      logprobs: [],
    }),
    namedEvent({ type: 'response.content_part.done', ...at(105), ...textPlace, part: part(streamed) }),
    namedEvent({
      type: 'response.output_item.done',
      ...at(106),
      output_index: 0,
      item: item('completed', streamed),
    }),
    namedEvent({ type: 'response.completed', ...at(107), response: response('completed', streamed) }),
  ]),
};

function at(sequence: number) {
  return { sequence_number: sequence };
}

function response(status: string, text?: string): object {
  const answered = text !== undefined;
  return {
    id: 'resp_bench0123456789abcdef0123456789abcdef01234',
    object: 'response',
    created_at: 1_750_000_000,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: 'bench-2025-06-15',
    output: answered ? [item(status, text)] : [],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: answered ? usage() : null,
    user: null,
    metadata: {},
  };
}

function item(status: string, text?: string): object {
  const content = text === undefined ? [] : [part(text)];
  return { id: place.item_id, type: 'message', status, content, role: 'assistant' };
}

function part(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function usage(): object {
  return {
    input_tokens: INPUT_TOKENS,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: OUTPUT_TOKENS,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
  };
}
