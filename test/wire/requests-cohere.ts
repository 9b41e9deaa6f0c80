import { CompleteRequest, type ResponseFormat } from '../../src/gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../src/gen/sluice/v1/message.ts';
import { type ToolChoice, ToolMode } from '../../src/gen/sluice/v1/tool.ts';

// Recorded requests of Cohere's chat, said again in the contract's words, to see that the adapter writes them as the
// recorded programs did. What the contract has no word for travels as provider options.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

export interface Resaid {
  model: string;
  request: CompleteRequest;
  options: Record<string, unknown>;
}

/** Says a recorded request again. */
export function resay(body: Json): Resaid {
  const {
    model,
    messages,
    documents = [],
    tools = [],
    tool_choice,
    strict_tools,
    response_format,
    ...rest
  } = body;
  const { temperature, p, k, seed, stop_sequences, presence_penalty, frequency_penalty, ...others } = rest;
  const { max_tokens, thinking, stream: _, ...options } = others;
  const asked = documents.map((document: Json) => part('document', jsonMedia(document.data)));
  const request = CompleteRequest.fromPartial({
    model,
    messages: [
      ...messages.map(resayMessage),
      ...(asked.length > 0 ? [{ role: Role.USER, parts: asked, name: '' }] : []),
    ],
    maxOutputTokens: max_tokens ?? undefined,
    sampling: {
      temperature: temperature ?? undefined,
      topP: p ?? undefined,
      topK: k ?? undefined,
      seed: seed ?? undefined,
      stop: stop_sequences ?? [],
      presencePenalty: presence_penalty ?? undefined,
      frequencyPenalty: frequency_penalty ?? undefined,
    },
    tools: tools.map(({ function: { name, description, parameters } }: Json) => ({
      name,
      description: description ?? '',
      parameters: parameters ? JSON.stringify(parameters) : '',
      strict: strict_tools ?? false,
    })),
    toolChoice: resayToolChoice(tool_choice),
    responseFormat: resayFormat(response_format),
    reasoning:
      thinking && thinking.type === 'disabled'
        ? { budgetTokens: 0 }
        : { budgetTokens: thinking?.token_budget ?? undefined },
  });
  // A wish to think without a budget is an effort in the contract, and unit-tested.
  if (thinking?.type === 'enabled' && !thinking.token_budget) options.thinking = thinking;
  return { model, request, options };
}

/** A request without what may be written in two ways, and without what only tells how to answer. */
export function plain({ stream: _, messages, documents = [], response_format, ...body }: Json): Json {
  const said = Object.fromEntries(Object.entries<Json>(body).filter(([, value]) => value !== null));
  return {
    ...said,
    messages: messages.map(plainMessage),
    documents: documents.map(({ data }: Json) => data),
    // The provider takes a name of OpenAI's for it as well.
    ...(response_format && { response_format: { ...response_format, type: 'json_object' } }),
  };
}

/** A tool's result may be the text of an object, or a document that is the object. */
function plainMessage({ content, ...message }: Json): Json {
  const alone = Array.isArray(content) && content.length === 1 ? content[0] : undefined;
  if (alone?.type === 'text') return { ...message, content: alone.text };
  if (alone?.type === 'document') return { ...message, content: JSON.stringify(alone.document.data) };
  return { ...message, ...(content !== undefined && { content }) };
}

const ROLES: Record<string, Role> = {
  system: Role.SYSTEM,
  user: Role.USER,
  assistant: Role.ASSISTANT,
  tool: Role.TOOL,
};

function resayMessage({ role, content, tool_calls, tool_call_id, tool_plan }: Json): Message {
  const calls = (tool_calls ?? []).map(({ id, function: called }: Json) =>
    part('toolCall', { id, name: called.name, arguments: called.arguments, signature: Buffer.alloc(0) }),
  );
  const contents: Json[] = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
  const parts =
    role === 'tool'
      ? [
          part('toolResult', {
            toolCallId: tool_call_id,
            name: '',
            content: resultText(content),
            isError: false,
          }),
        ]
      : [...contents.map(resayContent), ...(tool_plan ? [part('text', tool_plan)] : []), ...calls];
  return { role: ROLES[role] ?? Role.UNSPECIFIED, parts, name: '' };
}

function resultText(content: Json): string {
  if (typeof content === 'string') return content;
  return content.map(({ text, document }: Json) => text ?? JSON.stringify(document.data)).join('');
}

function resayContent({ type, text, thinking, image_url }: Json): Part {
  if (type === 'thinking') {
    return part('reasoning', { text: thinking, signature: Buffer.alloc(0), redacted: false });
  }
  if (type === 'text') return part('text', text);
  const [, mediaType = '', data] = /^data:([^;]+);base64,(.*)$/s.exec(image_url.url) ?? [];
  const source = data
    ? { $case: 'data', value: Buffer.from(data, 'base64') }
    : { $case: 'uri', value: image_url.url };
  return part('image', { mediaType, source, name: '' });
}

function jsonMedia(data: Json): Json {
  const value = Buffer.from(JSON.stringify(data));
  return { mediaType: 'application/json', source: { $case: 'data', value }, name: '' };
}

function part($case: string, value: unknown): Part {
  return { part: { $case, value } as NonNullable<Part['part']> };
}

function resayToolChoice(word: string | undefined): ToolChoice | undefined {
  if (!word) return undefined;
  const value = word === 'NONE' ? ToolMode.NONE : ToolMode.REQUIRED;
  return { choice: { $case: 'mode', value }, disableParallel: false };
}

function resayFormat(format: Json): ResponseFormat | undefined {
  if (!format || format.type === 'text') return undefined;
  const schema = format.json_schema ?? format.schema;
  if (!schema) return { format: { $case: 'jsonObject', value: {} } };
  const value = { name: '', description: '', schema: JSON.stringify(schema), strict: false };
  return { format: { $case: 'jsonSchema', value } };
}
