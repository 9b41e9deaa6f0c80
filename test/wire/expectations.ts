import { type GatewayError, type Reason, reasonName } from '../../src/completion/error.ts';
import { createFold } from '../../src/completion/fold.ts';
import type { CompletionEvents } from '../../src/completion/ports/events.ts';
import type { Answer, Embeddings } from '../../src/completion/ports/provider.ts';
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

/** Vectors, and what they cost in tokens. */
export interface Embedded {
  vectors: number[][];
  usage: Usage;
}

export type Expectation =
  | { kind: 'answer'; said: Said }
  | { kind: 'embeddings'; embedded: Embedded }
  | { kind: 'token count'; tokens: number }
  | { kind: 'model list'; models: string[] }
  /** `asked`: what was asked for, where the recording's `api` does not tell. */
  | { kind: 'error'; reason: Reason; httpStatus: number | undefined; asked?: Asked }
  /** A recording that does not fit this adapter, with the reason. */
  | { kind: 'not judged'; why: string };

/** What one can ask an adapter for. */
export type Asked = 'answer' | 'embeddings' | 'token count' | 'model list';

/** Reads a recording's raw body by the vendor's documentation. */
export type Reading = (recording: Recording) => Expectation;

/** The recordings that the tests of one adapter judge. Each `expectations-*.ts` exports its own as `claims`. */
export interface Claim {
  /** Title of the tests. */
  title: string;
  /** Which recordings are this adapter's. */
  wanted(recording: Recording): boolean;
  /** The independent reading. */
  read: Reading;
}

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

/** What an adapter's vectors are. They compare as the contract carries them: in single precision. */
export function saidByEmbeddings({ embeddings, usage }: Embeddings): Embedded {
  return { vectors: inSinglePrecision(embeddings.map(({ values }) => values)), usage };
}

/** Vectors with every component rounded to the nearest number of single precision. */
export function inSinglePrecision(vectors: readonly (readonly number[])[]): number[][] {
  return vectors.map((vector) => vector.map(Math.fround));
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
