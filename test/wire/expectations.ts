import { type GatewayError, type Reason, reasonName } from '../../src/completion/error.ts';
import { createFold } from '../../src/completion/fold.ts';
import type { Answer, CompletionEvents } from '../../src/completion/ports.ts';
import { unfold } from '../../src/completion/unfold.ts';
import type { CompleteResponse, FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import type { Part } from '../../src/gen/sluice/v1/message.ts';
import type { Usage } from '../../src/gen/sluice/v1/usage.ts';
import type { Recording } from './recordings.ts';

// What a recording says, in a form that both an independent reading of its raw body and the adapter's result can be
// brought to. Readings never call code of the adapters.

/** A whole answer, part kinds apart. */
export interface Said {
  text: string;
  /** Pieces of reasoning; signatures in base64. */
  reasoning: { text: string; signature: string; redacted: boolean }[];
  toolCalls: { id: unknown; name: string; arguments: string; signature: string }[];
  refusal: string;
  citations: { title: string; uri: string; text: string }[];
  finishReason: FinishReason;
  providerFinishReason: string;
  usage: Usage | undefined;
}

export type Expectation =
  | { kind: 'answer'; said: Said }
  | { kind: 'error'; reason: Reason; httpStatus: number | undefined }
  /** A recording that does not fit this adapter, with the reason. */
  | { kind: 'not judged'; why: string };

/** Reads a recording's raw body by the vendor's documentation. */
export type Reading = (recording: Recording) => Expectation;

/** What an adapter's answer says. */
export function saidByAnswer(answer: Answer): Said {
  return saidByEvents([unfold(answer)]);
}

/** What an adapter's stream says, folded. */
export function saidByEvents(batches: readonly CompletionEvents[]): Said {
  const fold = createFold();
  for (const batch of batches) fold.add(batch);
  return saidByResponse(fold.answer());
}

/** What an adapter threw, for comparison. */
export function failure({ reason, details }: GatewayError): {
  reason: string;
  httpStatus: number | undefined;
} {
  return { reason: reasonName(reason), httpStatus: details.httpStatus };
}

function saidByResponse({ message, finishReason, providerFinishReason, usage }: CompleteResponse): Said {
  const said: Said = {
    text: '',
    reasoning: [],
    toolCalls: [],
    refusal: '',
    citations: [],
    finishReason,
    providerFinishReason,
    usage,
  };
  for (const { part } of message?.parts ?? []) addPart(said, part);
  return said;
}

function addPart(said: Said, part: Part['part']): void {
  switch (part?.$case) {
    case 'text':
      said.text += part.value;
      return;
    case 'reasoning':
      said.reasoning.push({ ...part.value, signature: part.value.signature.toString('base64') });
      return;
    case 'toolCall':
      said.toolCalls.push({ ...part.value, signature: part.value.signature.toString('base64') });
      return;
    case 'refusal':
      said.refusal += part.value;
      return;
    case 'citation':
      said.citations.push(part.value);
      return;
    default:
      throw new Error(`No expectation knows of a part "${part?.$case}".`);
  }
}
