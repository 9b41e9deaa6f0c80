import { type Reply, TOOL_NAME } from './reply.ts';
import type { Closing, Question, Wire } from './wire.ts';

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };
const SIGNATURE = 'c2lnbmVk';

/** Anthropic's messages. This model continues a text that is begun for it. */
export const anthropicWire: Wire = {
  kind: 'anthropic',
  model: 'claude-sonnet-4-5',
  basePath: '',
  read({ model, messages, stream = false, tools = [], thinking }): Question {
    const last = messages.at(-1);
    return {
      model,
      prompt: textIn(messages.findLast(({ role }: { role: string }) => role === 'user').content),
      prefix: last.role === 'assistant' ? textIn(last.content) : '',
      streamed: stream,
      reasons: thinking?.type === 'enabled',
      callsTool: tools.length > 0,
    };
  },
  whole(reply, closing) {
    const content = blocksOf(reply).map(({ whole }) => whole);
    return JSON.stringify({
      ...MESSAGE,
      content,
      stop_reason: stopReason(closing, reply),
      usage: usage(closing),
    });
  },
  opening: ({ inputTokens }) =>
    event({
      type: 'message_start',
      message: { ...MESSAGE, content: [], usage: { input_tokens: inputTokens, output_tokens: 1 } },
    }) + event({ type: 'ping' }),
  pieces: (reply) =>
    blocksOf(reply).flatMap(({ begun, deltas, signature }, index) =>
      deltas.map((delta, nth) => {
        const start = event({ type: 'content_block_start', index, content_block: begun });
        const piece = event({ type: 'content_block_delta', index, delta });
        const signed = signature ? event({ type: 'content_block_delta', index, delta: signature }) : '';
        const stop = signed + event({ type: 'content_block_stop', index });
        return (nth === 0 ? start : '') + piece + (nth === deltas.length - 1 ? stop : '');
      }),
    ),
  closing: (closing, reply) =>
    event({
      type: 'message_delta',
      delta: { stop_reason: stopReason(closing, reply) },
      usage: usage(closing),
    }),
  mark: event({ type: 'message_stop' }),
  error: (error) => JSON.stringify(described(error)),
  errorEvent: (error) => event(described(error)),
};

/** A content block: as it stands in a whole message, as it begins, and what a stream adds to that. */
interface Block {
  whole: object;
  begun: object;
  deltas: object[];
  signature?: object;
}

function blocksOf({ reasoning, text, toolArguments }: Reply): Block[] {
  const blocks: Block[] = [];
  if (reasoning.length > 0) {
    blocks.push({
      whole: { type: 'thinking', thinking: reasoning.join(''), signature: SIGNATURE },
      begun: { type: 'thinking', thinking: '', signature: '' },
      deltas: reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
      signature: { type: 'signature_delta', signature: SIGNATURE },
    });
  }
  if (text.length > 0) {
    blocks.push({
      whole: { type: 'text', text: text.join('') },
      begun: { type: 'text', text: '' },
      deltas: text.map((piece) => ({ type: 'text_delta', text: piece })),
    });
  }
  if (toolArguments.length > 0) {
    const call = { type: 'tool_use', id: 'toolu_1', name: TOOL_NAME };
    blocks.push({
      whole: { ...call, input: JSON.parse(toolArguments.join('')) },
      begun: { ...call, input: {} },
      deltas: toolArguments.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    });
  }
  return blocks;
}

function event<Body extends { type: string }>(body: Body): string {
  return `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`;
}

function textIn(content: string | { type: string; text: string }[]): string {
  if (typeof content === 'string') return content;
  return content.map(({ type, text }) => (type === 'text' ? text : '')).join('');
}

function described({ type, message }: { type: string; message: string }): { type: string; error: object } {
  // Anthropic's name for a fault of its own.
  return { type: 'error', error: { type: type === 'server_error' ? 'api_error' : type, message } };
}

function stopReason({ filtered }: Closing, { toolArguments }: Reply): string {
  if (filtered) return 'refusal';
  return toolArguments.length > 0 ? 'tool_use' : 'end_turn';
}

function usage({ inputTokens, outputTokens }: Closing): object {
  return { input_tokens: inputTokens, output_tokens: outputTokens };
}
