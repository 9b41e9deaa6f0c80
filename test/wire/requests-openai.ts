import {
  CompleteRequest,
  ReasoningEffort,
  type ResponseFormat,
} from '../../src/gen/sluice/v1/completion_service.ts';
import { type Media, type Message, type Part, Role } from '../../src/gen/sluice/v1/message.ts';
import { type ToolChoice, ToolMode } from '../../src/gen/sluice/v1/tool.ts';

// Recorded requests for chat completions, said again in the contract's words, to see that the adapters write them as the
// recorded programs did. What the contract has no word for travels as provider options.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export interface Resaid {
  model: string;
  request: CompleteRequest;
  options: Record<string, unknown>;
}

/** Says a recorded request again; undefined where the contract has no words for its messages or tools. */
export function resay(body: Json): Resaid | undefined {
  if (!body.messages.every(hasWords) || !(body.tools ?? []).every(isFunctionTool)) return undefined;
  if (body.response_format?.type === 'json_schema' && !body.response_format.json_schema.schema)
    return undefined;
  const {
    model,
    messages,
    tools,
    tool_choice,
    parallel_tool_calls,
    response_format,
    reasoning_effort,
    ...rest
  } = withoutNulls(body);
  const { temperature, top_p, seed, stop, presence_penalty, frequency_penalty, ...others } = rest;
  const { max_tokens, max_completion_tokens, user, safety_identifier, stream, stream_options, ...options } =
    others;
  const request = CompleteRequest.fromPartial({
    model,
    messages: messages.map(resayMessage),
    maxOutputTokens: max_completion_tokens ?? max_tokens,
    sampling: {
      temperature,
      topP: top_p,
      seed,
      stop: [stop ?? []].flat(),
      presencePenalty: presence_penalty,
      frequencyPenalty: frequency_penalty,
    },
    tools: (tools ?? []).map(({ function: { name, description, parameters, strict } }: Json) => ({
      name,
      description: description ?? '',
      parameters: parameters ? JSON.stringify(parameters) : '',
      strict: strict ?? false,
    })),
    toolChoice: resayToolChoice(tool_choice, parallel_tool_calls),
    responseFormat: resayFormat(response_format),
    reasoning: { effort: EFFORTS[reasoning_effort] ?? ReasoningEffort.UNSPECIFIED },
    endUser: safety_identifier ?? user ?? '',
  });
  // The least efforts differ by model, and are unit-tested.
  if (reasoning_effort && !EFFORTS[reasoning_effort]) options.reasoning_effort = reasoning_effort;
  if (parallel_tool_calls === true) options.parallel_tool_calls = true;
  if (typeof tool_choice === 'string' && !(tool_choice in MODES)) options.tool_choice = tool_choice;
  return { model, request, options };
}

/** A request without what may be written in two ways, and without what only tells how to answer. */
export function plain(body: Json): Json {
  const { stream, stream_options, max_tokens, user, ...rest } = withoutNulls(body);
  return {
    // A server of one model may be asked without naming it, but not by the contract.
    model: '',
    ...rest,
    ...(max_tokens !== undefined && { max_completion_tokens: max_tokens }),
    ...(user !== undefined && { safety_identifier: user }),
    ...(rest.stop !== undefined && { stop: [rest.stop].flat() }),
    messages: rest.messages.map(plainMessage),
    ...(rest.response_format?.json_schema && { response_format: plainFormat(rest.response_format) }),
    ...(rest.tools && {
      tools: rest.tools.map((tool: Json) => ({ ...tool, function: withoutDefaults(tool.function) })),
    }),
  };
}

function withoutNulls(body: Json): Json {
  return Object.fromEntries(Object.entries<Json>(body).filter(([, value]) => value !== null));
}

/** Not all servers want a name. */
function plainFormat({ json_schema, ...format }: Json): Json {
  return { ...format, json_schema: { name: 'response', ...json_schema } };
}

function plainMessage(message: Json): Json {
  const { content, refusal, reasoning, reasoning_content, ...rest } = withoutNulls(message);
  const thought = reasoning ?? reasoning_content;
  // Of several names for it, servers read one; and an empty text is as good as none beside tool calls.
  return {
    ...rest,
    content: plainContent(content) || null,
    ...(refusal && { refusal }),
    ...(thought && { thought }),
  };
}

function plainContent(content: Json): Json {
  const alone = Array.isArray(content) && content.length === 1 && content[0].type === 'text';
  return alone ? content[0].text : (content ?? null);
}

function withoutDefaults({ description, strict, ...tool }: Json): Json {
  return { ...tool, ...(description && { description }), ...(strict && { strict }) };
}

function isFunctionTool({ type }: Json): boolean {
  return type === 'function';
}

function hasWords(message: Json): boolean {
  const { role, content, name, tool_calls, tool_call_id, refusal, reasoning, reasoning_content, ...others } =
    message;
  const contents: Json[] = Array.isArray(content) ? content : [];
  const media = contents.filter(({ type }) => type !== 'text');
  return (
    Object.values(others).every((other) => other === null) &&
    role in ROLES &&
    (role !== 'tool' || typeof content === 'string') &&
    (media.length === 0 || role === 'user') &&
    media.every(isMedia) &&
    (tool_calls ?? []).every((call: Json) => call.type === 'function')
  );
}

function isMedia({ type, image_url, file, input_audio, ...others }: Json): boolean {
  const forms = [
    image_url && Object.keys(image_url).join() === 'url',
    file?.file_data && file.filename,
    input_audio,
  ];
  return Object.keys(others).length === 0 && forms.some(Boolean);
}

const ROLES: Record<string, Role> = {
  system: Role.SYSTEM,
  user: Role.USER,
  assistant: Role.ASSISTANT,
  tool: Role.TOOL,
};

const MODES: Record<string, ToolMode> = {
  auto: ToolMode.AUTO,
  required: ToolMode.REQUIRED,
  none: ToolMode.NONE,
};

const EFFORTS: Record<string, ReasoningEffort> = {
  low: ReasoningEffort.LOW,
  medium: ReasoningEffort.MEDIUM,
  high: ReasoningEffort.HIGH,
};

function resayMessage(message: Json): Message {
  const { role, content, name, tool_calls, tool_call_id, refusal, reasoning, reasoning_content } = message;
  const thought = reasoning ?? reasoning_content;
  const thoughts = thought
    ? [part('reasoning', { text: thought, signature: Buffer.alloc(0), redacted: false })]
    : [];
  const contents: Part[] =
    role === 'tool'
      ? [part('toolResult', { toolCallId: tool_call_id, name: '', content, isError: false })]
      : (typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? [])).map(resayContent);
  const calls = (tool_calls ?? []).map(({ id, function: called }: Json) =>
    part('toolCall', { id, name: called.name, arguments: called.arguments, signature: Buffer.alloc(0) }),
  );
  const refusals = refusal ? [part('refusal', refusal)] : [];
  return {
    role: ROLES[role] ?? Role.UNSPECIFIED,
    parts: [...thoughts, ...contents, ...calls, ...refusals],
    name: name ?? '',
  };
}

function resayContent({ type, text, image_url, file, input_audio }: Json): Part {
  if (type === 'text') return part('text', text);
  if (type === 'image_url') return part('image', mediaOf(image_url.url));
  if (type === 'file') return part('document', { ...mediaOf(file.file_data), name: file.filename });
  const mediaType = input_audio.format === 'wav' ? 'audio/wav' : 'audio/mpeg';
  return part('audio', mediaOf(`data:${mediaType};base64,${input_audio.data}`));
}

function mediaOf(url: string): Media {
  const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) {
    return { mediaType: '', source: { $case: 'uri', value: url }, name: '' };
  }
  return { mediaType, source: { $case: 'data', value: Buffer.from(data, 'base64') }, name: '' };
}

function part($case: string, value: unknown): Part {
  return { part: { $case, value } as NonNullable<Part['part']> };
}

function resayToolChoice(choice: Json, parallel: Json): ToolChoice | undefined {
  if (choice === undefined && parallel === undefined) return undefined;
  const disableParallel = parallel === false;
  if (typeof choice === 'object') {
    return { choice: { $case: 'name', value: choice.function.name }, disableParallel };
  }
  return { choice: { $case: 'mode', value: MODES[choice] ?? ToolMode.UNSPECIFIED }, disableParallel };
}

function resayFormat(format: Json): ResponseFormat | undefined {
  if (format?.type === 'json_object') return { format: { $case: 'jsonObject', value: {} } };
  if (format?.type !== 'json_schema') return undefined;
  const { name, description = '', schema, strict = false } = format.json_schema;
  return {
    format: { $case: 'jsonSchema', value: { name, description, schema: JSON.stringify(schema), strict } },
  };
}
