import { isObject, type JsonObject, objectsAt, stringAt } from '../../shared/json.ts';

/** A piece of what a model said or thought. */
export interface SaidPiece {
  kind: 'text' | 'reasoning';
  text: string;
}

/** What a message, or a delta of one, says, in order. Servers show reasoning in forms of their own. */
export function mapContent(message: JsonObject): SaidPiece[] {
  const said: SaidPiece[] = [];
  const thought = thoughtIn(message);
  if (thought) said.push({ kind: 'reasoning', text: thought });
  const { content } = message;
  if (typeof content === 'string') said.push({ kind: 'text', text: content });
  else said.push(...mapPieces(message));
  return said;
}

/** Servers that know two names for it say the same under both. */
function thoughtIn(message: JsonObject): string | undefined {
  return (
    stringAt(message, 'reasoning_content') ||
    stringAt(message, 'reasoning') ||
    stringAt(message, 'thinking') ||
    thoughtInDetails(message)
  );
}

function thoughtInDetails(message: JsonObject): string {
  return objectsAt(message, 'reasoning_details')
    .map((detail) => stringAt(detail, 'text') ?? stringAt(detail, 'summary') ?? '')
    .join('');
}

/** Mistral's content may be a list, with what was thought in it. Pieces of other types are passed over. */
function mapPieces(message: JsonObject): SaidPiece[] {
  return objectsAt(message, 'content').flatMap((piece): SaidPiece[] => {
    switch (stringAt(piece, 'type')) {
      case 'text':
        return [textPiece(stringAt(piece, 'text') ?? '')];
      case 'thinking':
        return [{ kind: 'reasoning', text: thinkingText(piece['thinking']) }];
      default:
        return [];
    }
  });
}

function thinkingText(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking.map((piece) => (isObject(piece) ? (stringAt(piece, 'text') ?? '') : '')).join('');
}

function textPiece(text: string): SaidPiece {
  return { kind: 'text', text };
}
