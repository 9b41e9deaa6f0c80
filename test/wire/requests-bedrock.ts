import { CompleteRequest, type ResponseFormat } from '../../src/gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../src/gen/sluice/v1/message.ts';
import { type ToolChoice, ToolMode } from '../../src/gen/sluice/v1/tool.ts';
import type { Recording } from './recordings.ts';
import type { Question } from './replay-recordings.ts';

// Recorded requests of Amazon Bedrock, said again in the contract's words, to see that the adapter writes them as the
// recorded programs did. What the contract has no word for travels as provider options.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

/** Says a recorded request again; undefined where the contract has no words for its tools or contents. */
export function resay({ api, model, request }: Recording): Question | undefined {
  const body: Json = request?.body;
  if (api === 'embeddings') {
    return { model: model ?? '', texts: [body.inputText], dimensions: body.dimensions };
  }
  const said = api === 'count_tokens' ? body.input.converse : body;
  const { messages, system = [], inferenceConfig = {}, toolConfig, outputConfig, ...options } = said;
  const tools = toolConfig?.tools ?? [];
  if (!messages.every(hasWords) || !tools.every(({ toolSpec }: Json) => toolSpec)) return undefined;
  const { maxTokens, temperature, topP, stopSequences = [] } = inferenceConfig;
  const isMarked = system.some(({ cachePoint }: Json) => cachePoint);
  return {
    model: model ?? '',
    // Where to cache is the caller's own option, with all of the instructions.
    options: isMarked ? { ...options, system } : options,
    request: CompleteRequest.fromPartial({
      messages: [...(isMarked ? [] : system.map(instruction)), ...messages.map(resayMessage)],
      maxOutputTokens: maxTokens,
      sampling: { temperature, topP, stop: stopSequences },
      tools: tools.map(({ toolSpec: { name, description = '', inputSchema, strict = false } }: Json) => ({
        name,
        description,
        parameters: JSON.stringify(inputSchema.json),
        strict,
      })),
      toolChoice: toolConfig?.toolChoice && resayToolChoice(toolConfig.toolChoice),
      responseFormat: outputConfig && resayFormat(outputConfig.textFormat.structure.jsonSchema),
    }),
  };
}

/**
 * A request without what may be said or not: empty settings, a tool's result that came well, vectors of length one. What
 * follows each other in one role is one turn, and results are text, as JSON is in the contract.
 */
export function plain(body: Json): Json {
  if (body.inputText) return { ...body, normalize: true };
  if (body.input) return { input: { converse: plain(body.input.converse) } };
  const { system, inferenceConfig = {}, messages, outputConfig, ...rest } = body;
  const { stopSequences = [], ...settings } = inferenceConfig;
  const sampling = { ...settings, ...(stopSequences.length > 0 && { stopSequences }) };
  return {
    ...rest,
    ...(system?.length > 0 && { system }),
    ...(Object.keys(sampling).length > 0 && { inferenceConfig: sampling }),
    ...(outputConfig && { outputConfig: plainFormat(outputConfig) }),
    messages: messages
      .reduce(joined, [])
      .map(({ role, content }: Json) => ({ role, content: content.map(plainBlock) })),
  };
}

function joined(turns: Json[], { role, content }: Json): Json[] {
  const last = turns.at(-1);
  if (last?.role !== role) return [...turns, { role, content }];
  return [...turns.slice(0, -1), { role, content: [...last.content, ...content] }];
}

function plainBlock(block: Json): Json {
  if (!block.toolResult) return block;
  const { content, ...rest } = block.toolResult;
  return { toolResult: { ...rest, content: [{ text: textOf(content) }] } };
}

function plainFormat({ textFormat }: Json): Json {
  const { schema, ...rest } = textFormat.structure.jsonSchema;
  return { ...rest, schema: JSON.parse(schema) };
}

function hasWords({ content }: Json): boolean {
  return content.every((block: Json) => Object.keys(block).every((kind) => WORDS.has(kind)));
}

const WORDS = new Set(['text', 'image', 'toolUse', 'toolResult', 'reasoningContent']);

function instruction({ text }: Json): Message {
  return { role: Role.SYSTEM, parts: [part('text', text)], name: '' };
}

function resayMessage({ role, content }: Json): Message {
  return { role: role === 'user' ? Role.USER : Role.ASSISTANT, parts: content.map(resayBlock), name: '' };
}

function resayBlock({ text, image, toolUse, toolResult, reasoningContent }: Json): Part {
  if (image) {
    const value = Buffer.from(image.source.bytes, 'base64');
    return part('image', { mediaType: `image/${image.format}`, source: { $case: 'data', value }, name: '' });
  }
  if (toolUse) {
    const { toolUseId: id, name, input } = toolUse;
    return part('toolCall', { id, name, arguments: JSON.stringify(input), signature: Buffer.alloc(0) });
  }
  if (toolResult) {
    const { toolUseId: toolCallId, content, status } = toolResult;
    return part('toolResult', {
      toolCallId,
      name: '',
      content: textOf(content),
      isError: status === 'error',
    });
  }
  if (reasoningContent) {
    const { text: thought, signature } = reasoningContent.reasoningText;
    return part('reasoning', { text: thought, signature: Buffer.from(signature), redacted: false });
  }
  return part('text', text);
}

function textOf(content: Json[]): string {
  return content.map(({ text, json }) => text ?? JSON.stringify(json)).join('');
}

function part($case: string, value: unknown): Part {
  return { part: { $case, value } as NonNullable<Part['part']> };
}

function resayToolChoice({ tool, any }: Json): ToolChoice {
  const choice: ToolChoice['choice'] = tool
    ? { $case: 'name', value: tool.name }
    : { $case: 'mode', value: any ? ToolMode.REQUIRED : ToolMode.AUTO };
  return { choice, disableParallel: false };
}

/** Strict, since other schemas are closed and simplified first. */
function resayFormat({ name = '', description = '', schema }: Json): ResponseFormat {
  return { format: { $case: 'jsonSchema', value: { name, description, schema, strict: true } } };
}
