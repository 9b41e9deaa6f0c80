import { CompleteRequest, type ResponseFormat } from '../../src/gen/sluice/v1/completion_service.ts';
import { type Media, type Message, type Part, Role } from '../../src/gen/sluice/v1/message.ts';
import { type ToolChoice, ToolMode } from '../../src/gen/sluice/v1/tool.ts';
import type { Question } from './replay-recordings.ts';

// Recorded requests of Anthropic's Messages API, said again in the contract's words, to see that the adapter writes
// them as the recorded programs did. What the contract has no word for travels as provider options, or is left out of
// the comparison where it stands inside of a message or a tool: cache marks, and whether a document may be cited.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

/** Says a recorded request again; undefined where the contract has no words for its tools or contents. */
export function resay(body: Json): Question | undefined {
  const { model, messages, system, tools, tool_choice, thinking, max_tokens, ...rest } = body;
  const { temperature, top_p, top_k, stop_sequences, output_config, output_format, stream, ...others } = rest;
  if (!messages.every(hasWords) || !(tools ?? []).every((tool: Json) => tool.input_schema)) return undefined;
  const { format = output_format, ...outputOptions } = output_config ?? {};
  const budget = thinking?.type === 'enabled';
  const instructions: Json[] = system ? [{ role: 'system', content: system }] : [];
  const request = CompleteRequest.fromPartial({
    model,
    messages: [...instructions, ...messages].map(resayMessage),
    maxOutputTokens: max_tokens,
    sampling: { temperature, topP: top_p, topK: top_k, stop: stop_sequences ?? [] },
    tools: (tools ?? []).map(({ name, description, input_schema, strict }: Json) => ({
      name,
      description: description ?? '',
      parameters: JSON.stringify(input_schema),
      strict: strict ?? false,
    })),
    toolChoice: tool_choice && resayToolChoice(tool_choice),
    responseFormat: format && resayFormat(format),
    reasoning: budget ? { budgetTokens: thinking.budget_tokens } : undefined,
  });
  // To think as much as the model likes, or not at all, is said in other ways for other models, and is unit-tested.
  const said = { ...(thinking && !budget && { thinking }), ...others };
  return {
    model,
    request,
    options: Object.keys(outputOptions).length > 0 ? { ...said, output_config } : said,
  };
}

/** A request in one of the ways to write it, without what the contract has no words for. */
export function plain(body: Json): Json {
  const { stream, system, messages, tools, thinking, output_format, ...rest } = body;
  const { display, ...thought } = thinking ?? {};
  return {
    ...rest,
    ...(output_format && { output_config: { format: output_format } }),
    ...(system && { system: textOf(system) }),
    ...(thinking && { thinking: thought }),
    messages: messages.map(({ role, content }: Json) => ({
      role,
      content: blocksOf(content).map(plainBlock),
    })),
    ...(tools && { tools: tools.map(plainTool) }),
  };
}

function plainBlock({ cache_control, citations, is_error, ...block }: Json): Json {
  return { ...block, ...(is_error && { is_error }) };
}

function plainTool({ cache_control, eager_input_streaming, description, strict, ...tool }: Json): Json {
  return { ...tool, ...(description && { description }), ...(strict && { strict }) };
}

function hasWords({ content }: Json): boolean {
  return blocksOf(content).every(
    ({ type, content: result }) =>
      WORDS.has(type) && (type !== 'tool_result' || result === undefined || typeof result === 'string'),
  );
}

const WORDS = new Set([
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'image',
  'document',
]);

const ROLES: Record<string, Role> = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT };

function resayMessage({ role, content }: Json): Message {
  return { role: ROLES[role] ?? Role.UNSPECIFIED, parts: blocksOf(content).map(resayBlock), name: '' };
}

function blocksOf(content: Json): Json[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function textOf(system: Json): string {
  return blocksOf(system)
    .map(({ text }) => text)
    .join('\n\n');
}

function resayBlock(block: Json): Part {
  switch (block.type) {
    case 'text':
      return part('text', block.text);
    case 'thinking':
      return part('reasoning', { text: block.thinking, signature: bytes(block.signature), redacted: false });
    case 'redacted_thinking':
      return part('reasoning', { text: '', signature: bytes(block.data), redacted: true });
    case 'tool_use': {
      const { id, name, input } = block;
      return part('toolCall', { id, name, arguments: JSON.stringify(input), signature: bytes('') });
    }
    case 'tool_result': {
      const { tool_use_id: toolCallId, content = '', is_error: isError = false } = block;
      return part('toolResult', { toolCallId, name: '', content, isError });
    }
    default:
      return part(block.type, mediaOf(block));
  }
}

function mediaOf({ source, title = '' }: Json): Media {
  const { type, url, media_type, data } = source;
  if (type === 'url') return { mediaType: '', source: { $case: 'uri', value: url }, name: title };
  const value = Buffer.from(data, type === 'text' ? 'utf8' : 'base64');
  return { mediaType: media_type, source: { $case: 'data', value }, name: title };
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

function part($case: string, value: unknown): Part {
  return { part: { $case, value } as NonNullable<Part['part']> };
}

function resayToolChoice({ type, name, disable_parallel_tool_use }: Json): ToolChoice {
  const modes: Record<string, ToolMode> = {
    auto: ToolMode.AUTO,
    any: ToolMode.REQUIRED,
    none: ToolMode.NONE,
  };
  return {
    choice: name
      ? { $case: 'name', value: name }
      : { $case: 'mode', value: modes[type] ?? ToolMode.UNSPECIFIED },
    disableParallel: disable_parallel_tool_use ?? false,
  };
}

/** Strict, since other schemas are closed and simplified first. */
function resayFormat({ schema }: Json): ResponseFormat {
  const value = { name: 'answer', description: '', schema: JSON.stringify(schema), strict: true };
  return { format: { $case: 'jsonSchema', value } };
}
