import type { CompletionEvent } from '../../completion/ports/events.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import type { StreamDecoder } from '../shared/decode-stream.ts';
import { type JsonObject, malformed, numberAt, objectAt, parseObject, stringAt } from '../shared/json.ts';
import { signatureBytes } from '../shared/signature.ts';
import { endedEarly } from '../shared/transport-error.ts';
import { bytesAt, isProvidersOwn, mapCitation, mapImage, mapRedactedReasoning } from './map-content.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';

/** A content block as far as it has been told. Only some kinds announce themselves; the others begin with their first delta. */
type Block =
  | { kind: 'text'; citations: Part[] }
  | { kind: 'reasoning'; encrypted: Buffer[] }
  /** `index` is its position among the tool calls. */
  | { kind: 'tool call'; index: number; hasArguments: boolean }
  | { kind: 'image'; format: string | undefined; data: Buffer[] }
  /** The provider's own tools, and kinds that are not known yet: they say nothing to the caller. */
  | { kind: 'passed over' };

/**
 * Creates the decoder of one stream of Converse. `metadata` comes last and ends it; the answer itself is whole with
 * `messageStop`, so that a stream which ends between the two has only lost its usage.
 */
export function createStreamDecoder({ provider }: { provider: string }): StreamDecoder {
  const openBlocks = new Map<number, Block>();
  let toolCalls = 0;
  let stopReason: string | undefined;
  let usage: JsonObject | undefined;
  let ended = false;

  return {
    ended() {
      return ended;
    },
    decode({ event, data }) {
      switch (event) {
        case 'contentBlockStart':
          return openBlock(parseObject(data));
        case 'contentBlockDelta':
          return continueBlock(parseObject(data));
        case 'contentBlockStop':
          return closeBlock(indexOf(parseObject(data)));
        case 'messageStop':
          stopReason = stringAt(parseObject(data), 'stopReason');
          if (!stopReason) throw malformed('it has no stopReason');
          return [];
        case 'metadata':
          usage = objectAt(parseObject(data), 'usage');
          ended = stopReason !== undefined;
          return [];
        default:
          return [];
      }
    },
    end() {
      if (!stopReason) throw endedEarly(provider);
      const finishReason = mapFinishReason(stopReason, { callsTools: toolCalls > 0 });
      return [
        ...[...openBlocks.keys()].flatMap(closeBlock),
        {
          $case: 'finished',
          value: { finishReason, providerFinishReason: stopReason, usage: mapUsage(usage) },
        },
      ];
    },
  };

  function openBlock(event: JsonObject): CompletionEvent[] {
    const index = indexOf(event);
    const start = objectAt(event, 'start') ?? {};
    const toolUse = objectAt(start, 'toolUse');
    if (toolUse && !isProvidersOwn(toolUse)) return openToolCall(index, toolUse);
    const image = objectAt(start, 'image');
    if (image) openBlocks.set(index, { kind: 'image', format: stringAt(image, 'format'), data: [] });
    else if (Object.keys(start).length > 0) openBlocks.set(index, { kind: 'passed over' });
    return [];
  }

  function openToolCall(blockIndex: number, toolUse: JsonObject): CompletionEvent[] {
    const index = toolCalls++;
    openBlocks.set(blockIndex, { kind: 'tool call', index, hasArguments: false });
    const id = stringAt(toolUse, 'toolUseId') ?? '';
    const name = stringAt(toolUse, 'name') ?? '';
    return [{ $case: 'toolCallStarted', value: { index, id, name, signature: Buffer.alloc(0) } }];
  }

  function continueBlock(event: JsonObject): CompletionEvent[] {
    const index = indexOf(event);
    const delta = objectAt(event, 'delta') ?? {};
    let block = openBlocks.get(index);
    if (!block) {
      block = unannounced(delta);
      openBlocks.set(index, block);
    }
    switch (block.kind) {
      case 'text':
        return continueText(block, delta);
      case 'reasoning':
        return continueReasoning(block, objectAt(delta, 'reasoningContent'));
      case 'tool call': {
        const json = stringAt(objectAt(delta, 'toolUse'), 'input');
        if (!json) return [];
        block.hasArguments = true;
        return [{ $case: 'toolCallDelta', value: { index: block.index, arguments: json } }];
      }
      case 'image':
        block.data.push(bytesAt(objectAt(objectAt(delta, 'image'), 'source'), 'bytes'));
        return [];
      case 'passed over':
        return [];
    }
  }

  function closeBlock(index: number): CompletionEvent[] {
    const block = openBlocks.get(index);
    openBlocks.delete(index);
    switch (block?.kind) {
      case 'text':
        return block.citations.map(partEvent);
      case 'reasoning':
        return block.encrypted.length > 0
          ? [partEvent(mapRedactedReasoning(Buffer.concat(block.encrypted)))]
          : [];
      case 'tool call':
        return block.hasArguments
          ? []
          : [{ $case: 'toolCallDelta', value: { index: block.index, arguments: '{}' } }];
      case 'image':
        return [partEvent(mapImage(block.format, Buffer.concat(block.data)))];
      default:
        return [];
    }
  }
}

/** The kind that a block has by its first delta. */
function unannounced(delta: JsonObject): Block {
  if ('text' in delta || 'citation' in delta) return { kind: 'text', citations: [] };
  if ('reasoningContent' in delta) return { kind: 'reasoning', encrypted: [] };
  if ('toolUse' in delta) throw malformed('it continues a tool call that was not begun');
  return { kind: 'passed over' };
}

function continueText(block: Block & { kind: 'text' }, delta: JsonObject): CompletionEvent[] {
  const citation = objectAt(delta, 'citation');
  // A citation stands behind the text that it belongs to, which is not complete before the block is.
  if (citation) block.citations.push(mapCitation(citation));
  const text = stringAt(delta, 'text');
  return text ? [{ $case: 'textDelta', value: { text } }] : [];
}

function continueReasoning(
  block: Block & { kind: 'reasoning' },
  delta: JsonObject | undefined,
): CompletionEvent[] {
  const encrypted = bytesAt(delta, 'redactedContent');
  if (encrypted.length > 0) block.encrypted.push(encrypted);
  const text = stringAt(delta, 'text') ?? '';
  const signature = signatureBytes(stringAt(delta, 'signature'));
  return text || signature.length > 0 ? [{ $case: 'reasoningDelta', value: { text, signature } }] : [];
}

function indexOf(event: JsonObject): number {
  const index = numberAt(event, 'contentBlockIndex');
  if (index === undefined) throw malformed('a content block has no index');
  return index;
}

function partEvent(value: Part): CompletionEvent {
  return { $case: 'part', value };
}
