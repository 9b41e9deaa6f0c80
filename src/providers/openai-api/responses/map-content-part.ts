import type { ResponseInputContent } from 'openai/resources/responses/responses';
import type { Media, Part } from '../../../gen/sluice/v1/message.ts';

/** Maps what a user says: text, images and documents, all of which may be data or an address. Nothing else is content. */
export function mapContentPart({ part }: Part): ResponseInputContent[] {
  switch (part?.$case) {
    case 'text':
      return [{ type: 'input_text', text: part.value }];
    case 'image':
      return [{ type: 'input_image', image_url: uriOf(part.value) ?? dataUrl(part.value), detail: 'auto' }];
    case 'document':
      return [mapDocument(part.value)];
    default:
      return [];
  }
}

function mapDocument(document: Media): ResponseInputContent {
  const uri = uriOf(document);
  if (uri !== undefined) return { type: 'input_file', file_url: uri };
  return { type: 'input_file', filename: document.name || 'document.pdf', file_data: dataUrl(document) };
}

function uriOf({ source }: Media): string | undefined {
  return source?.$case === 'uri' ? source.value : undefined;
}

function dataUrl({ mediaType, source }: Media): string {
  const base64 = source?.$case === 'data' ? source.value.toString('base64') : '';
  return `data:${mediaType};base64,${base64}`;
}
