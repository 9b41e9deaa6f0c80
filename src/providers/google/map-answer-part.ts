import type { Part } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, stringAt } from '../shared/json.ts';
import { argumentsFromObject } from '../shared/tool-arguments.ts';

/**
 * Maps one part of what Gemini says; kinds that we do not know are passed over.
 *
 * A signature on a function call or on a thought goes with it. A signature on anything else, also on an empty text,
 * follows that part as reasoning whose text is withheld: being `redacted`, it stays a part of its own when a stream is
 * folded, and its place tells where it belongs when it is sent back (map-contents.ts).
 */
export function mapAnswerPart(part: JsonObject, nextCallId: () => string): Part[] {
  const text = stringAt(part, 'text');
  // The text of the signature, not the bytes that it encodes: Gemini wants the very same text back.
  const signature = Buffer.from(stringAt(part, 'thoughtSignature') ?? '');
  const call = objectAt(part, 'functionCall');
  const { thought } = part;
  if (call) return [mapToolCall(call, signature, nextCallId)];
  if (thought === true) {
    return text || signature.length > 0 ? [reasoning(text ?? '', signature, false)] : [];
  }
  const media = objectAt(part, 'inlineData');
  if (text === undefined && !media && !isBareSignature(part)) return [];
  return [
    ...(text ? [{ part: { $case: 'text' as const, value: text } }] : []),
    ...(media ? [mapMedia(media)] : []),
    ...(signature.length > 0 ? [reasoning('', signature, true)] : []),
  ];
}

function mapToolCall(call: JsonObject, signature: Buffer, nextCallId: () => string): Part {
  const { args } = call;
  const name = stringAt(call, 'name');
  if (!name) throw malformed('it calls a tool without a name');
  const generated = nextCallId();
  const id = stringAt(call, 'id') || generated;
  return {
    part: { $case: 'toolCall', value: { id, name, arguments: argumentsFromObject(args), signature } },
  };
}

function reasoning(text: string, signature: Buffer, redacted: boolean): Part {
  return { part: { $case: 'reasoning', value: { text, signature, redacted } } };
}

function mapMedia(inlineData: JsonObject): Part {
  const mediaType = stringAt(inlineData, 'mimeType') ?? '';
  const data = Buffer.from(stringAt(inlineData, 'data') ?? '', 'base64');
  const value = { mediaType, source: { $case: 'data' as const, value: data }, name: '' };
  if (mediaType.startsWith('image/')) return { part: { $case: 'image', value } };
  if (mediaType.startsWith('audio/')) return { part: { $case: 'audio', value } };
  return { part: { $case: 'document', value } };
}

function isBareSignature(part: JsonObject): boolean {
  return Object.keys(part).every((key) => key === 'thoughtSignature');
}
