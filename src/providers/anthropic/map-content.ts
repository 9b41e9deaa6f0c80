import type { CompletionEvent } from '../../completion/ports/events.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, objectAt, objectsAt, stringAt } from '../shared/json.ts';
import { signatureBytes } from '../shared/signature.ts';

// What whole answers and streams have in common: parts that arrive whole.

/** The sources that a text block cites. */
export function mapCitations(block: JsonObject): Part[] {
  return objectsAt(block, 'citations').map(mapCitation);
}

/** A citation, whatever it cites: a document, a page of the web or a search result. */
export function mapCitation(citation: JsonObject): Part {
  const value = {
    title: stringAt(citation, 'document_title') ?? stringAt(citation, 'title') ?? '',
    uri: stringAt(citation, 'url') ?? stringAt(citation, 'source') ?? '',
    text: stringAt(citation, 'cited_text') ?? '',
  };
  return { part: { $case: 'citation', value } };
}

/** Thinking that the provider encrypted. */
export function mapRedactedThinking(block: JsonObject): Part {
  const signature = signatureBytes(stringAt(block, 'data'));
  return { part: { $case: 'reasoning', value: { text: '', signature, redacted: true } } };
}

/** Why the provider says that the model declined; `stopped` is the message, or the delta that ends its stream. */
export function mapRefusal(stopped: JsonObject | undefined): Part[] {
  const explanation = stringAt(objectAt(stopped, 'stop_details'), 'explanation');
  return explanation ? [{ part: { $case: 'refusal', value: explanation } }] : [];
}

/** The event of a part that arrives whole. */
export function partEvent(value: Part): CompletionEvent {
  return { $case: 'part', value };
}
