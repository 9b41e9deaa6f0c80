import type { Cohere } from 'cohere-ai';
import type { Media, Message } from '../../gen/sluice/v1/message.ts';
import { isObject } from '../shared/json.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';
import type { Wire } from './wire.ts';

/** Maps the documents of a conversation, which the provider wants beside it, to be cited from. */
export function mapDocuments(messages: readonly Message[]): Wire<Cohere.Document>[] {
  return messages.flatMap(({ parts }, m) =>
    parts.flatMap(({ part }, p) =>
      part?.$case === 'document' ? [mapDocument(part.value, `messages[${m}].parts[${p}].document`)] : [],
    ),
  );
}

/** A document is an object, of whose members the model sees names and values: what JSON is by itself. */
function mapDocument({ name, mediaType, source }: Media, field: string): Wire<Cohere.Document> {
  if (source?.$case === 'uri') throw unsupportedParameter(`${field}.uri`, 'documents are taken as data only');
  if (!/^(text\/|application\/json$)/i.test(mediaType)) {
    throw unsupportedParameter(`${field}.media_type`, 'documents are taken as text and as JSON only');
  }
  const text = source?.value.toString('utf8') ?? '';
  const data = /json$/i.test(mediaType) ? objectIn(text) : undefined;
  return { data: { ...(name && { title: name }), ...(data ?? { snippet: text }) } };
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
