import { CompleteRequest, ReasoningEffort } from '../../src/gen/sluice/v1/completion_service.ts';
import { type Media, type Message, type Part, Role } from '../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../src/gen/sluice/v1/tool.ts';

// Recorded requests of the Responses API, said again in the contract's words, to see that the adapter writes them as
// the recorded programs did. What the contract has no word for travels as provider options.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export interface Resaid {
  model: string;
  request: CompleteRequest;
  options: Record<string, unknown>;
}

/** Says a recorded request again; undefined where the contract has no words for its input or tools. */
export function resay(body: Json): Resaid | undefined {
  const items = itemsOf(body);
  const { tools = [], model, ...members } = body;
  if (!items.every(hasWords) || !tools.every(({ type }: Json) => type === 'function')) return undefined;
  const { input, tool_choice, text, reasoning, max_output_tokens, user, include, store, ...options } =
    members;
  const effort = EFFORTS[reasoning?.effort];
  const { stream: _, temperature, top_p, ...others } = options;
  const request = CompleteRequest.fromPartial({
    model,
    messages: items.map(resayItem),
    maxOutputTokens: max_output_tokens,
    sampling: { temperature, topP: top_p },
    tools: tools.map(({ name, description, parameters, strict }: Json) => ({
      name,
      description: description ?? '',
      parameters: JSON.stringify(parameters),
      strict: strict ?? false,
    })),
    ...(tool_choice && {
      toolChoice: { choice: { $case: 'mode', value: MODES[tool_choice] ?? ToolMode.UNSPECIFIED } },
    }),
    ...(text?.format?.type === 'json_object' && {
      responseFormat: { format: { $case: 'jsonObject', value: {} } },
    }),
    ...(text?.format?.type === 'json_schema' && {
      responseFormat: {
        format: {
          $case: 'jsonSchema',
          value: { ...text.format, description: '', schema: JSON.stringify(text.format.schema) },
        },
      },
    }),
    ...(effort && { reasoning: { effort, include: reasoning.summary === 'auto' } }),
    endUser: user ?? '',
  });
  return { model, request, options: { ...others, ...(reasoning && !effort && { reasoning }) } };
}

/** A request without what may be written in two ways, and without what only tells how to answer or what to keep. */
export function plain(body: Json): Json {
  const { stream, store, include, user, tools, text, ...rest } = body;
  return {
    ...rest,
    ...(user && { safety_identifier: user }),
    ...(tools && { tools: tools.map(withoutDefaults) }),
    ...(text && { text: { ...text, format: withoutDefaults(text.format) } }),
    input: itemsOf(body).map(plainItem),
  };
}

function itemsOf({ input }: Json): Json[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : (input ?? [{ type: 'none' }]);
}

function hasWords({ type = 'message', content, output }: Json): boolean {
  if (type === 'function_call_output') return typeof output === 'string';
  if (type === 'message') return typeof content === 'string' || content.every(isSayable);
  return type === 'function_call' || type === 'reasoning';
}

function isSayable({ type }: Json): boolean {
  return ['input_text', 'output_text', 'input_image'].includes(type);
}

function resayItem(item: Json): Message {
  switch (item.type) {
    case 'function_call':
      return message(
        Role.ASSISTANT,
        part('toolCall', {
          id: item.call_id,
          name: item.name,
          arguments: item.arguments,
          signature: Buffer.alloc(0),
        }),
      );
    case 'function_call_output':
      return message(
        Role.TOOL,
        part('toolResult', { toolCallId: item.call_id, name: '', content: item.output, isError: false }),
      );
    case 'reasoning':
      return message(
        Role.ASSISTANT,
        part('reasoning', { text: '', signature: Buffer.from(JSON.stringify(item)), redacted: false }),
      );
    default:
      return message(ROLES[item.role] ?? Role.UNSPECIFIED, ...contentsOf(item).map(resayContent));
  }
}

function contentsOf({ content }: Json): Json[] {
  return typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
}

function resayContent({ text, image_url }: Json): Part {
  return image_url ? part('image', mediaOf(image_url)) : part('text', text);
}

function mediaOf(url: string): Media {
  const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) {
    return { mediaType: '', source: { $case: 'uri', value: url }, name: '' };
  }
  return { mediaType, source: { $case: 'data', value: Buffer.from(data, 'base64') }, name: '' };
}

function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: '' };
}

function part($case: string, value: unknown): Part {
  return { part: { $case, value } as NonNullable<Part['part']> };
}

/** Ids of calls are not said again: results quote another id. */
function plainItem({ type = 'message', id, role, ...item }: Json): Json {
  if (type !== 'message') return { type, ...(type === 'reasoning' && { id }), ...item };
  const texts = contentsOf(item).map(({ type: kind, text, image_url }) => ({
    kind: kind === 'input_image' ? kind : 'text',
    text,
    image_url,
  }));
  // The contract has no role but this one for instructions.
  return { role: role === 'developer' ? 'system' : role, texts };
}

function withoutDefaults({ description, strict, ...member }: Json): Json {
  return { ...member, ...(description && { description }), ...(strict && { strict }) };
}

const ROLES: Record<string, Role> = {
  system: Role.SYSTEM,
  developer: Role.SYSTEM,
  user: Role.USER,
  assistant: Role.ASSISTANT,
};

const EFFORTS: Record<string, ReasoningEffort> = {
  low: ReasoningEffort.LOW,
  medium: ReasoningEffort.MEDIUM,
  high: ReasoningEffort.HIGH,
};

const MODES: Record<string, ToolMode> = { auto: ToolMode.AUTO, required: ToolMode.REQUIRED };
