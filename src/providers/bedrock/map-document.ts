import type { DocumentBlock, DocumentFormat } from '@aws-sdk/client-bedrock-runtime';
import type { Media } from '../../gen/sluice/v1/message.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';
import type { OnTheWire } from './on-the-wire.ts';

/** Gives each document of a conversation a name of its own, as the API insists on. */
export type NameDocument = (name: string) => string;

/** Creates the names of one conversation, all made of what the API takes in one. */
export function createDocumentNames(): NameDocument {
  const taken = new Set<string>();
  return (name) => {
    const wanted = neutralName(name);
    let unique = wanted;
    for (let count = 2; taken.has(unique); count++) unique = `${wanted} (${count})`;
    taken.add(unique);
    return unique;
  };
}

/** Maps a document, which is taken as bytes only. */
export function mapDocument(
  { mediaType, name, source }: Media,
  field: string,
  nameDocument: NameDocument,
): OnTheWire<DocumentBlock> {
  if (source?.$case === 'uri') throw unsupportedParameter(`${field}.uri`, 'documents are taken as data only');
  const format = formatOf(mediaType);
  if (!format) {
    throw unsupportedParameter(
      `${field}.media_type`,
      'documents are taken as PDF, Word, Excel, CSV, HTML, Markdown and text',
    );
  }
  return {
    format,
    name: nameDocument(name),
    source: { bytes: source?.value.toString('base64') ?? '' },
  };
}

/** Letters, digits, hyphens, brackets, and single spaces; the type stands elsewhere. */
function neutralName(name: string): string {
  const neutral = name
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replaceAll(/[^A-Za-z0-9()[\]-]+/g, ' ')
    .trim()
    .slice(0, MAX_NAME_LENGTH)
    .trim();
  return neutral || 'document';
}

/** Leaves room for a number, below the 200 that the API takes. */
const MAX_NAME_LENGTH = 190;

function formatOf(mediaType: string): DocumentFormat | undefined {
  const type = mediaType.toLowerCase().replace(/;.*$/, '').trim();
  return FORMATS.get(type) ?? (/^text\/|^application\/(json|xml)$/.test(type) ? 'txt' : undefined);
}

const OFFICE = 'application/vnd.openxmlformats-officedocument';

const FORMATS = new Map<string, DocumentFormat>([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
  ['text/markdown', 'md'],
  ['application/msword', 'doc'],
  [`${OFFICE}.wordprocessingml.document`, 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  [`${OFFICE}.spreadsheetml.sheet`, 'xlsx'],
]);
