import type { CompletionEvent } from '../../../completion/ports/events.ts';
import type { Part } from '../../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, numberAt, objectAt, stringAt } from '../../shared/json.ts';
import { mapAside, mapOutputItem, mapToolCall } from './map-output-item.ts';
import { BETWEEN_PIECES, reasoningText, signReasoningItem } from './map-reasoning-item.ts';

/** The output items of one stream, as they are told. */
export interface StreamedItems {
  /** How many items call tools. */
  toolCalls(): number;
  /** Whether the model refused. */
  refused(): boolean;
  open(event: JsonObject): CompletionEvent[];
  addText(event: JsonObject): CompletionEvent[];
  /** `piece` tells the pieces of one item's reasoning apart. */
  addReasoning(event: JsonObject, piece: string): CompletionEvent[];
  addArguments(event: JsonObject): CompletionEvent[];
  /** What is known only now that the item is whole, and what of it was not told in pieces. */
  close(event: JsonObject): CompletionEvent[];
  /** What is missing of items that were never closed, by the whole output that the stream ended with. */
  end(output: readonly JsonObject[]): CompletionEvent[];
}

/** An output item as far as it has been told. */
interface OpenItem {
  /** Position among the tool calls; undefined where it is none, or its beginning is still to come. */
  toolCall: number | undefined;
  /** The piece that was told last, in pieces of text or of arguments; undefined where nothing was. */
  lastPiece: string | undefined;
  closed: boolean;
}

/** Begins a stream, of which no item has been told. */
export function createStreamedItems(): StreamedItems {
  const items = new Map<number, OpenItem>();
  let toolCalls = 0;
  let refused = false;

  return {
    toolCalls: () => toolCalls,
    refused: () => refused,
    open: (event) => begin(itemAt(event), objectAt(event, 'item') ?? {}),
    addText(event) {
      const text = stringAt(event, 'delta');
      if (!text) return [];
      itemAt(event).lastPiece = 'text';
      return [textDelta(text)];
    },
    addReasoning(event, piece) {
      const delta = stringAt(event, 'delta');
      if (!delta) return [];
      const open = itemAt(event);
      const goesOn = open.lastPiece === undefined || open.lastPiece === piece;
      open.lastPiece = piece;
      return [reasoningDelta(goesOn ? delta : BETWEEN_PIECES + delta, Buffer.alloc(0))];
    },
    addArguments(event) {
      const json = stringAt(event, 'delta');
      const open = itemAt(event);
      if (!json || open.toolCall === undefined) return [];
      open.lastPiece = 'arguments';
      return [{ $case: 'toolCallDelta', value: { index: open.toolCall, arguments: json } }];
    },
    close: (event) => close(itemAt(event), objectAt(event, 'item') ?? {}),
    end(output) {
      // A stream that told of no item may still have ended with the whole of them.
      if (items.size === 0) for (const output_index of output.keys()) itemAt({ output_index });
      return [...items].flatMap(([index, open]) => {
        const item = output[index];
        if (item) return close(open, item);
        return open.closed || open.lastPiece !== undefined ? [] : wholeArguments(open, {});
      });
    },
  };

  function itemAt(event: JsonObject): OpenItem {
    const index = numberAt(event, 'output_index');
    if (index === undefined) throw malformed('an output item has no index');
    const item = items.get(index) ?? { toolCall: undefined, lastPiece: undefined, closed: false };
    items.set(index, item);
    return item;
  }

  function close(open: OpenItem, item: JsonObject): CompletionEvent[] {
    if (open.closed) return [];
    open.closed = true;
    return complete(open, item);
  }

  function begin(open: OpenItem, item: JsonObject): CompletionEvent[] {
    if (stringAt(item, 'type') !== 'function_call' || open.toolCall !== undefined) return [];
    const index = toolCalls++;
    open.toolCall = index;
    const { id, name, signature } = mapToolCall(item).part.value;
    return [{ $case: 'toolCallStarted', value: { index, id, name, signature } }];
  }

  function complete(open: OpenItem, item: JsonObject): CompletionEvent[] {
    const told = open.lastPiece !== undefined;
    switch (stringAt(item, 'type')) {
      case 'message': {
        const parts = told ? mapAside(item) : mapOutputItem(item);
        refused ||= parts.some(({ part }) => part?.$case === 'refusal');
        return parts.map(partEvent);
      }
      case 'reasoning':
        return endReasoning(told ? '' : reasoningText(item), signReasoningItem(item));
      case 'function_call':
        return [...begin(open, item), ...(told ? [] : wholeArguments(open, item))];
      default:
        return [];
    }
  }
}

function wholeArguments({ toolCall }: OpenItem, item: JsonObject): CompletionEvent[] {
  if (toolCall === undefined) return [];
  const { arguments: json } = mapToolCall(item).part.value;
  return [{ $case: 'toolCallDelta', value: { index: toolCall, arguments: json } }];
}

function endReasoning(text: string, signature: Buffer): CompletionEvent[] {
  return text === '' && signature.length === 0 ? [] : [reasoningDelta(text, signature)];
}

function reasoningDelta(text: string, signature: Buffer): CompletionEvent {
  return { $case: 'reasoningDelta', value: { text, signature } };
}

function partEvent(value: Part): CompletionEvent {
  const { part } = value;
  return part?.$case === 'text' ? textDelta(part.value) : { $case: 'part', value };
}

function textDelta(text: string): CompletionEvent {
  return { $case: 'textDelta', value: { text } };
}
