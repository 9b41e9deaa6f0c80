import type { CompletionEvent } from '../../completion/ports/events.ts';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import type { StreamDecoder } from '../shared/decode-stream.ts';
import { type JsonObject, malformed, numberAt, objectAt, parseObject, stringAt } from '../shared/json.ts';
import { signatureBytes } from '../shared/signature.ts';
import { argumentsFromObject } from '../shared/tool-arguments.ts';
import { endedEarly } from '../shared/transport-error.ts';
import { mapCitation, mapCitations, mapRedactedThinking, mapRefusal, partEvent } from './map-content.ts';
import { answeredError } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapStreamUsage, mapUsage } from './map-usage.ts';
import { responseFacts } from './response-facts.ts';

/** A content block as far as it has been told. */
type Block =
  | { kind: 'text'; citations: Part[] }
  | { kind: 'thinking' }
  /** `index` is its position among the tool calls; `input` is what it began with. */
  | { kind: 'tool call'; index: number; input: unknown; hasArguments: boolean }
  /** The provider's own tools, and kinds that are not known yet: they say nothing to the caller. */
  | { kind: 'passed over' };

/** Creates the decoder of one stream of message events. */
export function createStreamDecoder({
  call,
  provider,
}: {
  call: ProviderCall;
  provider: string;
}): StreamDecoder {
  const openBlocks = new Map<number, Block>();
  let toolCalls = 0;
  let firstUsage: JsonObject | undefined;
  let finalUsage: JsonObject | undefined;
  let stopped: JsonObject | undefined;
  let ended = false;

  return {
    ended() {
      return ended;
    },
    decode({ data }) {
      const event = parseObject(data);
      switch (stringAt(event, 'type')) {
        case 'message_start':
          start(objectAt(event, 'message'));
          return [];
        case 'content_block_start':
          return openBlock(indexOf(event), objectAt(event, 'content_block') ?? {});
        case 'content_block_delta':
          return continueBlock(indexOf(event), objectAt(event, 'delta'));
        case 'content_block_stop':
          return closeBlock(indexOf(event));
        case 'message_delta':
          // There may be several, and not each of them says everything.
          stopped = updated(stopped, objectAt(event, 'delta'));
          finalUsage = updated(finalUsage, objectAt(event, 'usage'));
          return [];
        case 'message_stop':
          ended = true;
          return [];
        case 'error':
          throw answeredError(event, provider);
        default:
          return [];
      }
    },
    end() {
      const stopReason = stringAt(stopped, 'stop_reason');
      // With its reason the answer is whole: only the end mark is missing, which says nothing more.
      if (!stopReason) throw ended ? malformed('it has no stop_reason') : endedEarly(provider);
      const usage = mapStreamUsage(firstUsage, finalUsage);
      return [
        ...[...openBlocks.keys()].flatMap(closeBlock),
        ...mapRefusal(stopped).map(partEvent),
        {
          $case: 'finished',
          value: { finishReason: mapFinishReason(stopReason), providerFinishReason: stopReason, usage },
        },
      ];
    },
  };

  function start(message: JsonObject | undefined): void {
    firstUsage = objectAt(message, 'usage');
    call.report({ ...responseFacts(message), ...(firstUsage && { usage: mapUsage(firstUsage) }) });
  }

  function openBlock(index: number, content: JsonObject): CompletionEvent[] {
    switch (stringAt(content, 'type')) {
      case 'text':
        openBlocks.set(index, { kind: 'text', citations: mapCitations(content) });
        return textDelta(stringAt(content, 'text'));
      case 'thinking':
        openBlocks.set(index, { kind: 'thinking' });
        return reasoningDelta(stringAt(content, 'thinking'), stringAt(content, 'signature'));
      case 'redacted_thinking':
        openBlocks.set(index, { kind: 'passed over' });
        return [partEvent(mapRedactedThinking(content))];
      case 'tool_use':
        return openToolCall(index, content);
      default:
        openBlocks.set(index, { kind: 'passed over' });
        return [];
    }
  }

  function openToolCall(blockIndex: number, content: JsonObject): CompletionEvent[] {
    const index = toolCalls++;
    const { input } = content;
    openBlocks.set(blockIndex, { kind: 'tool call', index, input, hasArguments: false });
    const id = stringAt(content, 'id') ?? '';
    const name = stringAt(content, 'name') ?? '';
    return [{ $case: 'toolCallStarted', value: { index, id, name, signature: Buffer.alloc(0) } }];
  }

  function continueBlock(index: number, delta: JsonObject | undefined): CompletionEvent[] {
    const block = openBlocks.get(index);
    if (!block) throw malformed('it continues a content block that was not begun');
    switch (block.kind) {
      case 'text':
        return continueText(block, delta);
      case 'thinking':
        return reasoningDelta(stringAt(delta, 'thinking'), stringAt(delta, 'signature'));
      case 'tool call': {
        const json = stringAt(delta, 'partial_json');
        if (!json) return [];
        block.hasArguments = true;
        return [{ $case: 'toolCallDelta', value: { index: block.index, arguments: json } }];
      }
      case 'passed over':
        return [];
    }
  }

  function continueText(block: Block & { kind: 'text' }, delta: JsonObject | undefined): CompletionEvent[] {
    const citation = objectAt(delta, 'citation');
    // A citation stands behind the text that it belongs to, which is not complete before the block is.
    if (citation) block.citations.push(mapCitation(citation));
    return textDelta(stringAt(delta, 'text'));
  }

  function closeBlock(index: number): CompletionEvent[] {
    const block = openBlocks.get(index);
    openBlocks.delete(index);
    if (block?.kind === 'text') return block.citations.map(partEvent);
    if (block?.kind !== 'tool call' || block.hasArguments) return [];
    const json = argumentsFromObject(block.input);
    return [{ $case: 'toolCallDelta', value: { index: block.index, arguments: json } }];
  }
}

/** What is known, with what is said anew in the place of what was said before; null says nothing. */
function updated(known: JsonObject | undefined, said: JsonObject | undefined): JsonObject | undefined {
  if (!said) return known;
  return { ...known, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)) };
}

function indexOf(event: JsonObject): number {
  const index = numberAt(event, 'index');
  if (index === undefined) throw malformed('a content block has no index');
  return index;
}

function textDelta(text: string | undefined): CompletionEvent[] {
  return text ? [{ $case: 'textDelta', value: { text } }] : [];
}

function reasoningDelta(text: string | undefined, signature: string | undefined): CompletionEvent[] {
  if (!text && !signature) return [];
  return [{ $case: 'reasoningDelta', value: { text: text ?? '', signature: signatureBytes(signature) } }];
}
