import type {
  AudioBlock,
  AudioFormat,
  ContentBlock,
  ImageBlock,
  ImageFormat,
} from '@aws-sdk/client-bedrock-runtime';
import type { Media, Part, ReasoningPart, ToolCall, ToolResult } from '../../gen/sluice/v1/message.ts';
import { signatureText } from '../shared/signature.ts';
import { argumentsToObject } from '../shared/tool-arguments.ts';
import { plainCallId } from '../shared/tool-call-id.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';
import { mapDocument, type NameDocument } from './map-document.ts';
import type { OnTheWire } from './on-the-wire.ts';

/** One piece of a message. */
export type Block = OnTheWire<ContentBlock>;

/** Maps a part of what the user, or a tool, says. Citations and the like are not theirs to say. */
export function mapUserPart({ part }: Part, field: string, nameDocument: NameDocument): Block[] {
  switch (part?.$case) {
    case 'text':
      return mapText(part.value);
    case 'image':
      return [{ image: mapImage(part.value, `${field}.image`) }];
    case 'document':
      return [{ document: mapDocument(part.value, `${field}.document`, nameDocument) }];
    case 'audio':
      return [{ audio: mapAudio(part.value, `${field}.audio`) }];
    case 'toolResult':
      return [mapToolResult(part.value)];
    default:
      return [];
  }
}

/** Maps a part of an earlier answer. Citations are left out: they can only be sent back as they were, not as ours. */
export function mapAssistantPart({ part }: Part, field: string): Block[] {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return mapText(part.value);
    case 'reasoning':
      return mapReasoning(part.value);
    case 'toolCall':
      return [mapToolCall(part.value, `${field}.tool_call`)];
    case 'image':
      return [{ image: mapImage(part.value, `${field}.image`) }];
    case 'audio':
      throw unsupportedParameter(`${field}.audio`, 'audio is not taken back as part of an answer');
    default:
      return [];
  }
}

/** The provider refuses blank texts. */
function mapText(text: string): Block[] {
  return text.trim() === '' ? [] : [{ text }];
}

function mapImage(image: Media, field: string): OnTheWire<ImageBlock> {
  // Which formats there are is for the provider to say.
  const format = subtypeOf(image).replace(/^jpg$/, 'jpeg') as ImageFormat;
  return { format, source: { bytes: bytesOf(image, field) } };
}

function mapAudio(audio: Media, field: string): OnTheWire<AudioBlock> {
  const subtype = subtypeOf(audio);
  const format = (AUDIO_FORMATS.get(subtype) ?? subtype) as AudioFormat;
  return { format, source: { bytes: bytesOf(audio, field) } };
}

/** Where the format is not called as the media type is. */
const AUDIO_FORMATS = new Map<string, AudioFormat>([
  ['mpeg', 'mp3'],
  ['x-wav', 'wav'],
  ['wave', 'wav'],
  ['x-m4a', 'm4a'],
  ['x-flac', 'flac'],
]);

function subtypeOf({ mediaType }: Media): string {
  return mediaType.toLowerCase().replace(/^[^/]*\/|;.*$/g, '');
}

function bytesOf({ source }: Media, field: string): string {
  if (source?.$case === 'uri') throw unsupportedParameter(`${field}.uri`, 'media are taken as data only');
  return source?.value.toString('base64') ?? '';
}

/** What no signature vouches for the provider does not take back. */
function mapReasoning({ text, signature, redacted }: ReasoningPart): Block[] {
  const signed = signatureText(signature);
  if (signed === undefined) return [];
  if (redacted) return [{ reasoningContent: { redactedContent: signature.toString('base64') } }];
  return [{ reasoningContent: { reasoningText: { text, signature: signed } } }];
}

function mapToolCall({ id, name, arguments: json }: ToolCall, field: string): Block {
  const input = argumentsToObject(json, `${field}.arguments`) as Extract<
    Block,
    { toolUse: object }
  >['toolUse']['input'];
  return { toolUse: { toolUseId: plainCallId(id), name, input } };
}

function mapToolResult({ toolCallId, content, isError }: ToolResult): Block {
  return {
    toolResult: {
      toolUseId: plainCallId(toolCallId),
      content: [{ text: content.trim() === '' ? NOTHING : content }],
      ...(isError && { status: 'error' }),
    },
  };
}

/** The provider refuses a blank text here, too, and wants one all the same. */
const NOTHING = '(nothing)';
