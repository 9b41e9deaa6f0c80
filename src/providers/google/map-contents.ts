import { type Message, type Part, type ReasoningPart, Role } from '../../gen/sluice/v1/message.ts';
import type { JsonObject } from '../shared/json.ts';
import { signatureText } from '../shared/signature.ts';
import { mapPart, type SentPart } from './map-part.ts';
import { findToolCalls, type ToolCalls } from './tool-calls.ts';

/** A turn as Gemini has it. */
export interface Content {
  role: 'user' | 'model';
  parts: JsonObject[];
}

/**
 * Maps a conversation, without its system messages. What follows each other in one role becomes one turn, and what
 * Gemini has no use for is left out: citations, and reasoning that it did not sign, which to Gemini is but a summary.
 */
export function mapContents(
  messages: readonly Message[],
  { wantsSignatures }: { wantsSignatures: boolean },
): Content[] {
  const calls = findToolCalls(messages);
  return turnsOf(messages).map(({ role, entries }) => {
    const parts = mapEntries(role === 'user' ? resultsFirst(entries, calls) : entries, calls);
    return { role, parts: wantsSignatures ? withCallsSigned(parts) : parts };
  });
}

interface Entry {
  part: SentPart;
  field: string;
}

interface Turn {
  role: Content['role'];
  entries: Entry[];
}

function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  messages.forEach((message, m) => {
    if (message.role === Role.SYSTEM) return;
    const role = message.role === Role.ASSISTANT ? 'model' : 'user';
    message.parts.forEach(({ part }, p) => {
      if (!part || !isSent(part)) return;
      const entry = { part, field: `messages[${m}].parts[${p}]` };
      const last = turns.at(-1);
      if (last?.role === role) last.entries.push(entry);
      else turns.push({ role, entries: [entry] });
    });
  });
  return turns;
}

function isSent(part: NonNullable<Part['part']>): part is SentPart {
  switch (part.$case) {
    case 'text':
    case 'refusal':
      return part.value !== '';
    case 'reasoning':
      return signatureText(part.value.signature) !== undefined;
    default:
      return part.$case !== 'citation';
  }
}

/** Results that have no id are matched to the calls by their order, and want to stand right behind them. */
function resultsFirst(entries: readonly Entry[], calls: ToolCalls): Entry[] {
  const position = ({ part }: Entry) =>
    part.$case === 'toolResult'
      ? (calls.get(part.value.toolCallId)?.position ?? Number.MAX_SAFE_INTEGER)
      : Number.POSITIVE_INFINITY;
  return entries.toSorted((one, other) => compare(position(one), position(other)));
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function mapEntries(entries: readonly Entry[], calls: ToolCalls): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const { part, field } of entries) {
    const last = parts.at(-1);
    if (part.$case !== 'reasoning' || !isBareSignature(part.value)) parts.push(mapPart(part, field, calls));
    else if (last && takesSignature(last)) Object.assign(last, signedBy(part.value));
    else parts.push({ text: '', ...signedBy(part.value) });
  }
  return parts;
}

/** The counterpart of what map-answer-part.ts does with a signature: it belongs to the part before it. */
function isBareSignature({ text, redacted }: ReasoningPart): boolean {
  return text === '' && redacted;
}

function takesSignature(part: JsonObject): boolean {
  return ('text' in part || 'inlineData' in part) && !('thoughtSignature' in part);
}

function signedBy({ signature }: ReasoningPart): JsonObject {
  return { thoughtSignature: signature.toString('utf8') };
}

/**
 * Since Gemini 3 a call without signature is refused, if it is the first one of its turn. Where another model made the
 * call, or the caller did, there is none; Google names this word for such cases.
 */
function withCallsSigned(parts: JsonObject[]): JsonObject[] {
  const first = parts.findIndex((part) => 'functionCall' in part);
  return parts.map((part, index) =>
    index === first && !('thoughtSignature' in part) ? { ...part, thoughtSignature: NOT_SIGNED } : part,
  );
}

const NOT_SIGNED = 'skip_thought_signature_validator';
