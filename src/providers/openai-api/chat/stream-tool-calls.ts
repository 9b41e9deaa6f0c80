import type { CompletionEvent } from '../../../completion/ports/events.ts';
import type { JsonObject } from '../../shared/json.ts';
import { missingId, readToolCall, type SaidToolCall } from './map-tool-call.ts';

/** Puts the tool calls of one stream together from their pieces. */
export interface StreamedToolCalls {
  count(): number;
  /** `responseId` serves for the ids of calls that have none. */
  decode(pieces: readonly JsonObject[], responseId: string): CompletionEvent[];
  /** What remains to be said: a call without arguments has empty ones. */
  end(): CompletionEvent[];
}

/** A tool call as far as it has been told. */
interface OpenCall {
  /** Position among the completion's calls. */
  index: number;
  id: string;
  name: string;
  json: string;
}

export function createStreamedToolCalls(): StreamedToolCalls {
  const calls: OpenCall[] = [];
  const callsByWireIndex = new Map<number, OpenCall>();

  return {
    count: () => calls.length,
    decode: (pieces, responseId) =>
      pieces.flatMap((piece, position) => {
        const said = readToolCall(piece);
        return said ? decodePiece(said, said.index ?? position, responseId) : [];
      }),
    end: () => calls.filter(({ json }) => json === '').flatMap((call) => addArguments(call, '{}')),
  };

  function decodePiece(said: SaidToolCall, wireIndex: number, responseId: string): CompletionEvent[] {
    const known = callsByWireIndex.get(wireIndex);
    if (known && continues(said, known)) return addArguments(known, said.arguments);
    const index = calls.length;
    const { name } = said;
    const opened: OpenCall = { index, id: said.id || missingId(responseId, index), name, json: '' };
    calls.push(opened);
    callsByWireIndex.set(wireIndex, opened);
    const { id } = opened;
    return [
      { $case: 'toolCallStarted', value: { index, id, name, signature: Buffer.alloc(0) } },
      ...addArguments(opened, said.arguments),
    ];
  }
}

/**
 * Whether a piece goes on with the call that had its index before. Some servers give every call the same index, or even
 * the same id, others every piece an id of its own: only a name begins a call, and only with another id, or after a
 * call that is whole.
 */
function continues({ id, name }: SaidToolCall, known: OpenCall): boolean {
  if (name === '') return true;
  if (id === known.id && name === known.name) return true;
  return (id === '' || id === known.id) && !isWhole(known.json);
}

function isWhole(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

function addArguments(call: OpenCall, json: string): CompletionEvent[] {
  if (json === '') return [];
  call.json += json;
  return [{ $case: 'toolCallDelta', value: { index: call.index, arguments: json } }];
}
