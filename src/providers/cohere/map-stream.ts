import type { CompletionEvent } from '../../completion/ports/events.ts';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import type { StreamDecoder } from '../shared/decode-stream.ts';
import { type JsonObject, malformed, numberAt, objectAt, parseObject, stringAt } from '../shared/json.ts';
import { endedEarly } from '../shared/transport-error.ts';
import { mapCitation } from './map-citations.ts';
import { answeredError, failedGeneration } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { responseFacts } from './response-facts.ts';

/** A tool call as far as it has been told. */
interface OpenCall {
  /** Position among the completion's calls. */
  index: number;
  hasArguments: boolean;
}

/** Creates the decoder of one stream of chat events. */
export function createStreamDecoder({
  call,
  provider,
}: {
  call: ProviderCall;
  provider: string;
}): StreamDecoder {
  const calls = new Map<number, OpenCall>();
  const citations: Part[] = [];
  let conclusion: JsonObject | undefined;

  return {
    ended() {
      return conclusion !== undefined;
    },
    decode({ data }) {
      // It follows the end mark, and without that means nothing.
      if (data === '[DONE]') return [];
      const event = parseObject(data);
      switch (stringAt(event, 'type')) {
        case 'message-start':
          call.report(responseFacts(event));
          return [];
        case 'content-start':
        case 'content-delta':
          return contentDelta(objectAt(messageOf(event), 'content'));
        case 'tool-plan-delta':
          return textDelta(stringAt(messageOf(event), 'tool_plan'));
        case 'tool-call-start':
          return openCall(indexOf(event), objectAt(messageOf(event), 'tool_calls'));
        case 'tool-call-delta':
          return continueCall(calls.get(indexOf(event)), objectAt(messageOf(event), 'tool_calls'));
        case 'citation-start':
          citations.push(...mapCitation(objectAt(messageOf(event), 'citations') ?? {}));
          return [];
        case 'message-end':
          conclude(objectAt(event, 'delta') ?? {});
          return [];
        default:
          return passOver(event);
      }
    },
    end() {
      if (!conclusion) throw endedEarly(provider);
      const finishReason = stringAt(conclusion, 'finish_reason');
      if (!finishReason) throw malformed('it has no finish_reason');
      const usage = mapUsage(objectAt(conclusion, 'usage'));
      return [
        ...[...calls.values()].filter(({ hasArguments }) => !hasArguments).flatMap(closeCall),
        // They stand behind the text that they are about, which is not complete before the end.
        ...citations.map((value): CompletionEvent => ({ $case: 'part', value })),
        {
          $case: 'finished',
          value: { finishReason: mapFinishReason(finishReason), providerFinishReason: finishReason, usage },
        },
      ];
    },
  };

  function openCall(wireIndex: number, toolCall: JsonObject | undefined): CompletionEvent[] {
    const opened: OpenCall = { index: calls.size, hasArguments: false };
    calls.set(wireIndex, opened);
    const id = stringAt(toolCall, 'id') ?? '';
    const name = stringAt(objectAt(toolCall, 'function'), 'name') ?? '';
    return [
      { $case: 'toolCallStarted', value: { index: opened.index, id, name, signature: Buffer.alloc(0) } },
      ...continueCall(opened, toolCall),
    ];
  }

  function continueCall(opened: OpenCall | undefined, toolCall: JsonObject | undefined): CompletionEvent[] {
    if (!opened) throw malformed('it continues a tool call that was not begun');
    const json = stringAt(objectAt(toolCall, 'function'), 'arguments');
    if (!json) return [];
    opened.hasArguments = true;
    return [{ $case: 'toolCallDelta', value: { index: opened.index, arguments: json } }];
  }

  function conclude(delta: JsonObject): void {
    const error = failedGeneration(delta, provider);
    if (error) throw error;
    conclusion = delta;
  }

  function passOver(event: JsonObject): CompletionEvent[] {
    const error = answeredError(event, provider);
    if (error) throw error;
    return [];
  }
}

function messageOf(event: JsonObject): JsonObject | undefined {
  return objectAt(objectAt(event, 'delta'), 'message');
}

function indexOf(event: JsonObject): number {
  const index = numberAt(event, 'index');
  if (index === undefined) throw malformed('a tool call has no index');
  return index;
}

function contentDelta(content: JsonObject | undefined): CompletionEvent[] {
  const thinking = stringAt(content, 'thinking');
  if (!thinking) return textDelta(stringAt(content, 'text'));
  return [{ $case: 'reasoningDelta', value: { text: thinking, signature: Buffer.alloc(0) } }];
}

function textDelta(text: string | undefined): CompletionEvent[] {
  return text ? [{ $case: 'textDelta', value: { text } }] : [];
}

function closeCall({ index }: OpenCall): CompletionEvent[] {
  return [{ $case: 'toolCallDelta', value: { index, arguments: '{}' } }];
}
