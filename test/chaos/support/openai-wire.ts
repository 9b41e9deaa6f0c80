import { type Reply, TOOL_NAME, tokensOf } from './reply.ts';
import type { Closing, Question, Wire } from './wire.ts';

const COMPLETION = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'model-1' };

/** OpenAI's chat completions. Its models continue no text. */
export const openAiWire: Wire = {
  kind: 'openai-compatible',
  model: 'model-1',
  basePath: '/v1',
  read({ model, messages, stream = false, tools = [], reasoning_effort }): Question {
    const prompt = messages.findLast(({ role }: { role: string }) => role === 'user').content;
    const last = messages.at(-1);
    return {
      model,
      prompt,
      prefix: last.role === 'assistant' ? last.content : '',
      streamed: stream,
      reasons: reasoning_effort !== undefined,
      callsTool: tools.length > 0,
    };
  },
  whole(reply, closing) {
    const { reasoning, text, toolArguments } = reply;
    const message = {
      role: 'assistant',
      content: text.join(''),
      ...(reasoning.length > 0 && { reasoning_content: reasoning.join('') }),
      ...(toolArguments.length > 0 && { tool_calls: [toolCall(toolArguments.join(''))] }),
    };
    const choice = { index: 0, message, finish_reason: finishReason(closing, reply) };
    return JSON.stringify({
      ...COMPLETION,
      object: 'chat.completion',
      choices: [choice],
      usage: usage(closing),
    });
  },
  opening: () => delta({ role: 'assistant', content: '' }),
  pieces: ({ reasoning, text, toolArguments }) => [
    ...reasoning.map((reasoning_content) => delta({ reasoning_content })),
    ...text.map((content) => delta({ content })),
    ...toolArguments.map((json, nth) =>
      delta({ tool_calls: [nth === 0 ? toolCall(json) : { index: 0, function: { arguments: json } }] }),
    ),
  ],
  closing(closing, reply) {
    const finish = { index: 0, delta: {}, finish_reason: finishReason(closing, reply) };
    return event({ choices: [finish] }) + event({ choices: [], usage: usage(closing) });
  },
  mark: 'data: [DONE]\n\n',
  error: (error) => JSON.stringify({ error }),
  errorEvent: (error) => `data: ${JSON.stringify({ error })}\n\n`,
};

function delta(value: object): string {
  return event({ choices: [{ index: 0, delta: value, finish_reason: null }] });
}

function event(body: object): string {
  return `data: ${JSON.stringify({ ...COMPLETION, object: 'chat.completion.chunk', ...body })}\n\n`;
}

function toolCall(json: string): object {
  return { index: 0, id: 'call_1', type: 'function', function: { name: TOOL_NAME, arguments: json } };
}

function finishReason({ filtered }: Closing, reply: Reply): string {
  if (filtered) return 'content_filter';
  return reply.toolArguments.length > 0 && tokensOf(reply) > 0 ? 'tool_calls' : 'stop';
}

function usage({ inputTokens, outputTokens }: Closing): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}
