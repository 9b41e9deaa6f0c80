import type {
  Base64ImageSource,
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { Media, Part, ReasoningPart, ToolCall, ToolResult } from '../../gen/sluice/v1/message.ts';
import { signatureText } from '../shared/signature.ts';
import { argumentsToObject } from '../shared/tool-arguments.ts';
import { plainCallId } from '../shared/tool-call-id.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';

/** Maps a part of what the user, or a tool, says. Citations and the like are not theirs to say. */
export function mapUserPart({ part }: Part, field: string): ContentBlockParam[] {
  switch (part?.$case) {
    case 'text':
      return mapText(part.value);
    case 'image':
      return [mapImage(part.value)];
    case 'document':
      return [mapDocument(part.value, `${field}.document`)];
    case 'audio':
      throw unsupportedParameter(`${field}.audio`, 'audio is not taken');
    case 'toolResult':
      return [mapToolResult(part.value)];
    default:
      return [];
  }
}

/** Maps a part of an earlier answer. Citations are left out: they can only be sent back as they were, not as ours. */
export function mapAssistantPart({ part }: Part, field: string): ContentBlockParam[] {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return mapText(part.value);
    case 'reasoning':
      return mapReasoning(part.value);
    case 'toolCall':
      return [mapToolCall(part.value, `${field}.tool_call`)];
    case 'image':
    case 'audio':
      throw unsupportedParameter(
        `${field}.${part.$case}`,
        `${part.$case} is not taken back as part of an answer`,
      );
    default:
      return [];
  }
}

/** The provider refuses blank texts. */
function mapText(text: string): ContentBlockParam[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function mapImage({ mediaType, source }: Media): ImageBlockParam {
  if (source?.$case === 'uri') return { type: 'image', source: { type: 'url', url: source.value } };
  // Which types there are is for the provider to say, except that other vendors take this one by its nickname, too.
  const media_type = mediaType.replace(/^image\/jpg$/i, 'image/jpeg') as Base64ImageSource['media_type'];
  return { type: 'image', source: { type: 'base64', media_type, data: base64(source?.value) } };
}

function mapDocument(document: Media, field: string): DocumentBlockParam {
  return {
    type: 'document',
    source: mapDocumentSource(document, field),
    ...(document.name && { title: document.name }),
  };
}

function mapDocumentSource({ mediaType, source }: Media, field: string): DocumentBlockParam['source'] {
  if (source?.$case === 'uri') return { type: 'url', url: source.value };
  if (/^application\/pdf$/i.test(mediaType)) {
    return { type: 'base64', media_type: 'application/pdf', data: base64(source?.value) };
  }
  if (/^(text\/|application\/json$)/i.test(mediaType)) {
    return { type: 'text', media_type: 'text/plain', data: source?.value.toString('utf8') ?? '' };
  }
  throw unsupportedParameter(`${field}.media_type`, 'documents are taken as PDF and as text');
}

function base64(data: Buffer | undefined): string {
  return data?.toString('base64') ?? '';
}

/** What no signature vouches for is another provider's reasoning, which this one does not take. */
function mapReasoning({ text, signature, redacted }: ReasoningPart): ContentBlockParam[] {
  const signed = signatureText(signature);
  if (signed === undefined) return [];
  if (redacted) return [{ type: 'redacted_thinking', data: signed }];
  return [{ type: 'thinking', thinking: text, signature: signed }];
}

function mapToolCall({ id, name, arguments: json }: ToolCall, field: string): ContentBlockParam {
  return {
    type: 'tool_use',
    id: plainCallId(id),
    name,
    input: argumentsToObject(json, `${field}.arguments`),
  };
}

function mapToolResult({ toolCallId, content, isError }: ToolResult): ContentBlockParam {
  return {
    type: 'tool_result',
    tool_use_id: plainCallId(toolCallId),
    ...(content && { content }),
    ...(isError && { is_error: true }),
  };
}
