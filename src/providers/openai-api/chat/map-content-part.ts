import type { ChatCompletionContentPart } from 'openai/resources/chat/completions';
import type { Media, Part } from '../../../gen/sluice/v1/message.ts';
import { unsupportedParameter } from '../../shared/unsupported-parameter.ts';

/** Maps what a user says: text, and media in the forms that chat completions take. Other parts are not content. */
export function mapContentPart({ part }: Part, field: string): ChatCompletionContentPart[] {
  switch (part?.$case) {
    case 'text':
      return [{ type: 'text', text: part.value }];
    case 'image':
      return [{ type: 'image_url', image_url: { url: imageUrl(part.value) } }];
    case 'document':
      return [{ type: 'file', file: mapDocument(part.value, `${field}.document`) }];
    case 'audio':
      return [{ type: 'input_audio', input_audio: mapAudio(part.value, `${field}.audio`) }];
    default:
      return [];
  }
}

function imageUrl(image: Media): string {
  return image.source?.$case === 'uri' ? image.source.value : dataUrl(image);
}

function mapDocument(document: Media, field: string): { filename: string; file_data: string } {
  if (document.source?.$case === 'uri')
    throw unsupportedParameter(`${field}.uri`, 'documents are taken as data only');
  return { filename: document.name || 'document.pdf', file_data: dataUrl(document) };
}

function mapAudio(audio: Media, field: string): { data: string; format: 'wav' | 'mp3' } {
  if (audio.source?.$case === 'uri')
    throw unsupportedParameter(`${field}.uri`, 'audio is taken as data only');
  const format = AUDIO_FORMATS.get(audio.mediaType);
  if (!format)
    throw unsupportedParameter(`${field}.media_type`, 'audio is taken as audio/wav or audio/mpeg only');
  return { data: base64(audio), format };
}

const AUDIO_FORMATS = new Map<string, 'wav' | 'mp3'>([
  ['audio/wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
]);

function dataUrl(media: Media): string {
  return `data:${media.mediaType};base64,${base64(media)}`;
}

function base64({ source }: Media): string {
  return source?.$case === 'data' ? source.value.toString('base64') : '';
}
