import type { CompletionEvent } from '../../../completion/ports/events.ts';
import type { Part } from '../../../gen/sluice/v1/message.ts';
import type { StreamDecoder } from '../../shared/decode-stream.ts';
import {
  type JsonObject,
  malformed,
  numberAt,
  objectAt,
  objectsAt,
  parseObject,
  stringAt,
} from '../../shared/json.ts';
import { endedEarly } from '../../shared/transport-error.ts';
import type { AnswerContext } from '../completion-api.ts';
import { answeredError, reportedError } from '../map-error.ts';
import { mapCitations } from './map-citations.ts';
import { mapContent } from './map-content.ts';
import { finishError, mapFinishReason } from './map-finish-reason.ts';
import { toolCallsIn } from './map-tool-call.ts';
import { mapUsage, usageIn } from './map-usage.ts';
import { joinDetails, signatureOf } from './reasoning-forms.ts';
import { responseFacts } from './response-facts.ts';
import { createRepetitionSkipper } from './skip-repetition.ts';
import { createStreamedToolCalls } from './stream-tool-calls.ts';

/** Decodes chunks of a chat completion. */
export interface ChunkDecoder extends StreamDecoder {
  /** Decodes one chunk, or a whole completion, whose message is a delta that says all. */
  decodeChunk(chunk: JsonObject): CompletionEvent[];
}

/**
 * Creates the decoder of one stream of chat completion chunks.
 *
 * @param context - `repeated` is the beginning of the answer, where the server repeats it; it is left out.
 */
export function createStreamDecoder({
  call,
  provider,
  repeated,
}: AnswerContext & { repeated?: string | undefined }): ChunkDecoder {
  const skipper = repeated === undefined ? undefined : createRepetitionSkipper(repeated);
  const toolCalls = createStreamedToolCalls();
  const citations: Part[] = [];
  let details: JsonObject[] = [];
  let responseId = '';
  let refusal = '';
  let finishWord: string | undefined;
  let usage: JsonObject | undefined;
  let sawChoice = false;
  let ended = false;

  return {
    ended() {
      return ended;
    },
    decode({ event, data }) {
      if (data === '[DONE]') {
        ended = true;
        return [];
      }
      const chunk = parseObject(data);
      if (event === 'error') throw reportedError(chunk, provider);
      return decodeChunk(chunk);
    },
    decodeChunk,
    end() {
      if (ended && !sawChoice) throw malformed('it has no choice');
      if (!ended && finishWord === undefined) throw endedEarly(provider);
      return conclusion();
    },
  };

  function decodeChunk(chunk: JsonObject): CompletionEvent[] {
    const error = answeredError(chunk, provider);
    if (error) throw error;
    introduce(chunk);
    // It may come in a chunk of its own, with the last choice, before it, or with every one.
    usage = usageIn(chunk) ?? usage;
    const choice = objectsAt(chunk, 'choices').find(isFirst);
    if (!choice) return [];
    sawChoice = true;
    // Moonshot's.
    usage = usageIn(choice) ?? usage;
    finishWord = stringAt(choice, 'finish_reason') || finishWord;
    const failure = answeredError(choice, provider) ?? finishError(finishWord ?? '', provider);
    if (failure) throw failure;
    return decodeDelta(objectAt(choice, 'delta') ?? objectAt(choice, 'message'));
  }

  function introduce(chunk: JsonObject): void {
    if (responseId !== '') return;
    responseId = stringAt(chunk, 'id') ?? '';
    if (responseId !== '') call.report(responseFacts(chunk));
  }

  function decodeDelta(delta: JsonObject | undefined): CompletionEvent[] {
    if (!delta) return [];
    const events: CompletionEvent[] = [];
    refusal += stringAt(delta, 'refusal') ?? '';
    if (delta['annotations']) citations.push(...mapCitations(delta));
    const more = objectsAt(delta, 'reasoning_details');
    if (more.length > 0) details = joinDetails(details, more);
    for (const { kind, text: piece } of mapContent(delta)) {
      const text = kind === 'text' && skipper ? skipper.push(piece) : piece;
      if (text === '') continue;
      if (kind === 'text' && details.length > 0) events.push(...signThought());
      events.push(
        kind === 'text'
          ? { $case: 'textDelta', value: { text } }
          : { $case: 'reasoningDelta', value: { text, signature: UNSIGNED } },
      );
    }
    const pieces = toolCallsIn(delta);
    if (pieces.length > 0) events.push(...signThought(), ...toolCalls.decode(pieces, responseId));
    return events;
  }

  /** Once the model goes on to speak, what it thought is whole. */
  function signThought(): CompletionEvent[] {
    if (details.length === 0) return [];
    const signature = signatureOf(details);
    details = [];
    return signature.length > 0 ? [{ $case: 'reasoningDelta', value: { text: '', signature } }] : [];
  }

  function conclusion(): CompletionEvent[] {
    const providerFinishReason = finishWord ?? '';
    const held = skipper?.end();
    const finishReason = mapFinishReason(providerFinishReason, {
      calledTools: toolCalls.count() > 0,
      refused: refusal !== '',
    });
    return [
      ...signThought(),
      ...(held ? [{ $case: 'textDelta' as const, value: { text: held } }] : []),
      ...toolCalls.end(),
      ...citations.map((value) => ({ $case: 'part' as const, value })),
      ...(refusal ? [refusalPart(refusal)] : []),
      { $case: 'finished', value: { finishReason, providerFinishReason, usage: mapUsage(usage) } },
    ];
  }
}

const UNSIGNED = Buffer.alloc(0);

/** Who asks for several choices by provider options gets the first. */
function isFirst(choice: JsonObject): boolean {
  return (numberAt(choice, 'index') ?? 0) === 0;
}

function refusalPart(value: string): CompletionEvent {
  return { $case: 'part', value: { part: { $case: 'refusal', value } } };
}
