import type { CompletionEvent, ProviderCall } from '../../completion/ports.ts';
import type { Part } from '../../gen/sluice/v1/message.ts';
import type { StreamDecoder } from '../shared/decode-stream.ts';
import {
  type JsonObject,
  malformed,
  numberAt,
  objectAt,
  objectsAt,
  parseObject,
  stringAt,
} from '../shared/json.ts';
import { endedEarly } from '../shared/transport-error.ts';
import { missingId } from './map-answer.ts';
import { mapCitations } from './map-citations.ts';
import { answeredError } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { responseFacts } from './response-facts.ts';

/** A tool call as far as it has been told. */
interface OpenCall {
  /** Position among the completion's calls. */
  index: number;
  id: string;
  hasArguments: boolean;
}

/** Creates the decoder of one stream of chat completion chunks. */
export function createStreamDecoder({
  call,
  provider,
}: {
  call: ProviderCall;
  provider: string;
}): StreamDecoder {
  const calls: OpenCall[] = [];
  const callsByWireIndex = new Map<number, OpenCall>();
  const citations: Part[] = [];
  let responseId = '';
  let refusal = '';
  let finishWord: string | undefined;
  let usage: JsonObject | undefined;
  let sawChunk = false;
  let ended = false;

  return {
    get ended() {
      return ended;
    },
    decode({ data }) {
      if (data === '[DONE]') {
        ended = true;
        return [];
      }
      const chunk = parseObject(data);
      const error = answeredError(chunk, provider);
      if (error) throw error;
      sawChunk = true;
      introduce(chunk);
      // It may come in a chunk of its own, with the last choice, or before it.
      usage = objectAt(chunk, 'usage') ?? usage;
      const choice = objectsAt(chunk, 'choices').find(isFirst);
      if (!choice) return [];
      finishWord = stringAt(choice, 'finish_reason') || finishWord;
      return decodeDelta(objectAt(choice, 'delta'));
    },
    end() {
      if (ended && !sawChunk) throw malformed('it is empty');
      if (!ended && finishWord === undefined) throw endedEarly(provider);
      return conclusion();
    },
  };

  function introduce(chunk: JsonObject): void {
    if (responseId !== '') return;
    responseId = stringAt(chunk, 'id') ?? '';
    if (responseId !== '') call.report(responseFacts(chunk));
  }

  function decodeDelta(delta: JsonObject | undefined): CompletionEvent[] {
    const text = stringAt(delta, 'content');
    refusal += stringAt(delta, 'refusal') ?? '';
    citations.push(...mapCitations(delta));
    const said: CompletionEvent[] = text ? [{ $case: 'textDelta', value: { text } }] : [];
    const pieces = objectsAt(delta, 'tool_calls');
    return pieces.length === 0 ? said : [...said, ...pieces.flatMap(decodeToolCall)];
  }

  function decodeToolCall(piece: JsonObject, position: number): CompletionEvent[] {
    const wireIndex = numberAt(piece, 'index') ?? position;
    const id = stringAt(piece, 'id') ?? '';
    const tool = objectAt(piece, 'function');
    // Tools of other types come only to those who ask for them through provider options.
    if (!tool) return [];
    const known = callsByWireIndex.get(wireIndex);
    const json = stringAt(tool, 'arguments') ?? '';
    // Some servers give every call the same index, and tell them apart by id.
    if (known && (id === '' || id === known.id)) return addArguments(known, json);

    const index = calls.length;
    const opened: OpenCall = { index, id: id || missingId(responseId, index), hasArguments: false };
    calls.push(opened);
    callsByWireIndex.set(wireIndex, opened);
    const name = stringAt(tool, 'name') ?? '';
    return [
      { $case: 'toolCallStarted', value: { index, id: opened.id, name, signature: Buffer.alloc(0) } },
      ...addArguments(opened, json),
    ];
  }

  function addArguments(opened: OpenCall, json: string): CompletionEvent[] {
    if (json === '') return [];
    opened.hasArguments = true;
    return [{ $case: 'toolCallDelta', value: { index: opened.index, arguments: json } }];
  }

  function conclusion(): CompletionEvent[] {
    const providerFinishReason = finishWord ?? '';
    const finishReason = mapFinishReason(providerFinishReason, {
      calledTools: calls.length > 0,
      refused: refusal !== '',
    });
    return [
      ...calls.filter(({ hasArguments }) => !hasArguments).flatMap((opened) => addArguments(opened, '{}')),
      ...citations.map((value) => ({ $case: 'part' as const, value })),
      ...(refusal ? [refusalPart(refusal)] : []),
      { $case: 'finished', value: { finishReason, providerFinishReason, usage: mapUsage(usage) } },
    ];
  }
}

/** Who asks for several choices by provider options gets the first. */
function isFirst(choice: JsonObject): boolean {
  return (numberAt(choice, 'index') ?? 0) === 0;
}

function refusalPart(value: string): CompletionEvent {
  return { $case: 'part', value: { part: { $case: 'refusal', value } } };
}
