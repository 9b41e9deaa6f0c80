import { invalidRequest } from '../../completion/error.ts';
import type { Media, Part, ToolCall, ToolResult } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, parseCallersObject } from '../shared/json.ts';
import { argumentsToObject } from '../shared/tool-arguments.ts';
import { geminiId } from './tool-call-id.ts';
import type { ToolCalls } from './tool-calls.ts';

/** A part that Gemini has a use for. */
export type SentPart = Exclude<NonNullable<Part['part']>, { $case: 'citation' }>;

/** Maps one part of a conversation. `field` is its path in the request. */
export function mapPart(part: SentPart, field: string, calls: ToolCalls): JsonObject {
  switch (part.$case) {
    case 'text':
    case 'refusal':
      return { text: part.value };
    case 'image':
    case 'document':
    case 'audio':
      return mapMedia(part.value);
    case 'toolCall':
      return mapToolCall(part.value, `${field}.tool_call`);
    case 'toolResult':
      return { functionResponse: mapToolResult(part.value, `${field}.tool_result`, calls) };
    case 'reasoning': {
      const { text, signature } = part.value;
      return { text, thought: true, thoughtSignature: signature.toString('utf8') };
    }
  }
}

function mapMedia({ mediaType, source }: Media): JsonObject {
  if (source?.$case === 'uri') {
    return { fileData: { fileUri: source.value, ...(mediaType && { mimeType: mediaType }) } };
  }
  return { inlineData: { mimeType: mediaType, data: source?.value.toString('base64') ?? '' } };
}

function mapToolCall(call: ToolCall, field: string): JsonObject {
  const id = geminiId(call.id);
  const args = argumentsToObject(call.arguments, `${field}.arguments`);
  return {
    functionCall: { ...(id && { id }), name: call.name, args },
    ...(call.signature.length > 0 && { thoughtSignature: call.signature.toString('utf8') }),
  };
}

function mapToolResult(result: ToolResult, field: string, calls: ToolCalls): JsonObject {
  const name = result.name || calls.get(result.toolCallId)?.name;
  if (!name) {
    throw invalidRequest(
      `${field}.name`,
      'is needed by Gemini where no tool call in `messages` has this id.',
    );
  }
  const id = geminiId(result.toolCallId);
  return { ...(id && { id }), name, response: mapContent(result) };
}

/** Gemini wants an object: a result that is one goes as it is, any other one under the key that Google names for it. */
function mapContent({ content, isError }: ToolResult): JsonObject {
  if (isError) return { error: content };
  return objectIn(content) ?? { result: content };
}

function objectIn(content: string): JsonObject | undefined {
  if (!content.trimStart().startsWith('{')) return undefined;
  try {
    return parseCallersObject(content, 'content');
  } catch {
    return undefined;
  }
}
