import type { Message, ReasoningPart } from '../../../gen/sluice/v1/message.ts';
import { isObject, type JsonObject, objectsAt } from '../../shared/json.ts';
import type { ReasoningForm } from './dialect.ts';

// How servers want to have back what their models thought. OpenRouter's `reasoning_details` may hold a signature, or
// reasoning in encrypted form: as JSON text they are the signature of a reasoning part, and go back as they came.

/** The members of an assistant's message that say what it thought. */
export function reasoningMembers(message: Message, forms: readonly ReasoningForm[]): JsonObject {
  if (forms.length === 0) return {};
  const parts = reasoningIn(message);
  const text = parts.map((part) => part.text).join('');
  const details = parts.flatMap(({ signature }) => detailsIn(signature));
  const members: Record<string, unknown> = {};
  for (const form of forms) {
    if (form === 'reasoning_details') {
      if (details.length > 0) members[form] = details;
    } else if (form !== 'thinking pieces' && text) members[form] = text;
  }
  return members;
}

/** The pieces of an assistant's content that say what it thought, as Mistral wants them. */
export function thinkingPieces(message: Message, forms: readonly ReasoningForm[]): JsonObject[] {
  if (!forms.includes('thinking pieces')) return [];
  return reasoningIn(message)
    .filter(({ text }) => text !== '')
    .map(({ text }) => ({ type: 'thinking', thinking: [{ type: 'text', text }] }));
}

/** The signature that stands for details; empty where they hold nothing that the text does not. */
export function signatureOf(details: readonly JsonObject[]): Buffer {
  const opaque = details.some(({ signature, data }) => signature || data);
  return Buffer.from(opaque ? JSON.stringify({ [DETAILS]: details }) : '');
}

/** Adds what a chunk brought to the details before it: a text may come in pieces, its signature as the last of them. */
export function joinDetails(before: readonly JsonObject[], next: readonly JsonObject[]): JsonObject[] {
  const joined = [...before];
  for (const detail of next) {
    const last = joined.at(-1);
    if (last && continues(detail, last)) {
      joined[joined.length - 1] = { ...last, ...present(detail), ...texts(last, detail) };
    } else joined.push(detail);
  }
  return joined;
}

const DETAILS = 'reasoning_details';

function reasoningIn({ parts }: Message): ReasoningPart[] {
  return parts.flatMap(({ part }) => (part?.$case === 'reasoning' ? [part.value] : []));
}

/** Another vendor's signature holds no details. */
function detailsIn(signature: Buffer): readonly JsonObject[] {
  const json = signature.toString('utf8');
  if (!json.startsWith(`{"${DETAILS}":`)) return [];
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? objectsAt(value, DETAILS) : [];
  } catch {
    return [];
  }
}

function continues(detail: JsonObject, last: JsonObject): boolean {
  const { type, index, data } = detail;
  return typeof index === 'number' && index === last['index'] && type === last['type'] && data === undefined;
}

function present(detail: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== null));
}

function texts(last: JsonObject, next: JsonObject): JsonObject {
  const joined: Record<string, string> = {};
  for (const key of ['text', 'summary']) {
    const pieces = [last[key], next[key]].filter((piece) => typeof piece === 'string');
    if (pieces.length > 0) joined[key] = pieces.join('');
  }
  return joined;
}
