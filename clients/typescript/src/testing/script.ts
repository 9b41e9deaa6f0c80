import { SluiceError } from '../error.ts';
import { createFold } from '../fold.ts';
import {
  type CompleteRequest,
  CompleteResponse,
  type DeepPartial,
  FinishReason,
  StreamCompleteResponse,
} from '../gen/sluice/v1/completion_service.ts';
import { assistant } from '../messages.ts';
import { unfold } from './unfold.ts';

/** A call as the fake gateway received it. */
export interface FakeCall<Request = unknown> {
  /** Name of the RPC, such as `StreamComplete`. */
  readonly method: string;
  readonly request: Request;
  readonly metadata: Readonly<Record<string, string>>;
  /** In milliseconds since the epoch; Infinity where the caller set none. */
  readonly deadline: number;
  /** Aborts when the caller leaves, or its deadline passes, before the answer is given. */
  readonly signal: AbortSignal;
}

/** An answer, or what makes one of each request. A {@link SluiceError}, returned or thrown, fails the call. */
export type Script<Request, Answer> = Answer | SluiceError | Maker<Request, Answer>;

type Maker<Request, Answer> = (
  request: Request,
  call: FakeCall<Request>,
) => Answer | SluiceError | Promise<Answer | SluiceError>;

/** One event of a scripted stream. `sequence` counts by itself where it is left out. */
export type FakeEvent = DeepPartial<NonNullable<StreamCompleteResponse['event']>> & { sequence?: number };

/** What Complete answers: a text, or a response of which the rest is filled in. */
export type CompleteScript = Script<CompleteRequest, string | DeepPartial<CompleteResponse>>;

/** What StreamComplete sends: a text, a text in pieces, or the very events, of which none is added or left out. */
export type StreamScript = Script<
  CompleteRequest,
  string | readonly string[] | Iterable<FakeEvent> | AsyncIterable<FakeEvent>
>;

/** Runs a script for one call. */
export async function runScript<Request, Answer>(
  script: Script<Request, Answer>,
  call: FakeCall<Request>,
): Promise<Answer> {
  const answer = isMaker(script) ? await script(call.request, call) : script;
  if (SluiceError.is(answer)) throw answer;
  return answer;
}

/** Answers are messages, texts and iterables, so that a function can only be what makes one. */
function isMaker<Request, Answer>(script: Script<Request, Answer>): script is Maker<Request, Answer> {
  return typeof script === 'function';
}

/** Answers Complete; what is scripted for streams alone is folded. */
export async function runComplete(scripts: CompletionScripts, call: FakeCall): Promise<CompleteResponse> {
  const completionCall = call as FakeCall<CompleteRequest>;
  if (scripts.complete === undefined && scripts.stream !== undefined) return await foldStream(scripts, call);
  const answer = await runScript(scripts.complete ?? 'Hello from the fake gateway.', completionCall);
  return CompleteResponse.fromPartial({
    id: 'fake',
    model: completionCall.request.model,
    finishReason: FinishReason.STOP,
    ...(typeof answer === 'string' ? { message: assistant(answer) } : answer),
  });
}

/** Answers StreamComplete; what is scripted for Complete alone is sent in events. */
export async function* runStream(
  scripts: CompletionScripts,
  call: FakeCall,
): AsyncGenerator<StreamCompleteResponse> {
  let sequence = 0;
  for await (const event of await scriptedEvents(scripts, call)) {
    sequence = event.sequence ?? sequence + 1;
    yield StreamCompleteResponse.fromPartial({ sequence, event });
  }
}

/** What is scripted for completions. */
export interface CompletionScripts {
  complete?: CompleteScript;
  stream?: StreamScript;
}

async function scriptedEvents(scripts: CompletionScripts, call: FakeCall) {
  if (scripts.stream === undefined) return unfold(await runComplete(scripts, call));
  const completionCall = call as FakeCall<CompleteRequest>;
  const answer = await runScript(scripts.stream, completionCall);
  const pieces = typeof answer === 'string' ? [answer] : answer;
  return isText(pieces) ? textEvents(pieces, completionCall.request.model) : pieces;
}

function isText(
  pieces: readonly string[] | Iterable<FakeEvent> | AsyncIterable<FakeEvent>,
): pieces is readonly string[] {
  return Array.isArray(pieces) && pieces.every((piece) => typeof piece === 'string');
}

function textEvents(pieces: readonly string[], model: string): FakeEvent[] {
  return [
    { $case: 'started', value: { id: 'fake', model } },
    ...pieces.map((text): FakeEvent => ({ $case: 'textDelta', value: { text } })),
    { $case: 'finished', value: { finishReason: FinishReason.STOP } },
  ];
}

async function foldStream(scripts: CompletionScripts, call: FakeCall): Promise<CompleteResponse> {
  const fold = createFold();
  for await (const { event } of runStream(scripts, call)) if (event) fold.add(event);
  return fold.answer();
}
