import { GatewayError } from '../../completion/error.ts';
import { createFold } from '../../completion/fold.ts';
import { messagesOf, textMessage } from '../../completion/messages.ts';
import type { Call } from '../../completion/ports/call.ts';
import type { CompletionEvents, Show } from '../../completion/ports/events.ts';
import type { Route } from '../../completion/ports/route.ts';
import { addUsage } from '../../completion/usage.ts';
import type { CompleteResponse, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { Role } from '../../gen/sluice/v1/message.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { createFenceStripper } from './fence-stripper.ts';
import type { Judge } from './judge.ts';
import type { Misfit } from './schemas.ts';

/**
 * A route whose answers have the form that was asked for, or fail. The end of an answer is held back until it has been
 * judged. With `repair`, the model of a unary call is asked once more; of a streamed one the caller has seen all but the
 * end, and what was shown cannot be taken back.
 */
export function formedRoute(route: Route, { judge, repair }: { judge: Judge; repair: boolean }): Route {
  return {
    ...route,
    async answer(call, show) {
      const first = await answerUpToTheEnd(call, route, show);
      const misfits = judge(first.answer);
      if (misfits.length === 0) return showEnd(first, show);
      const verdict = badForm(misfits, first.usage);
      if (!repair || call.streamed) throw verdict;
      const second = await answerUpToTheEnd(askAgain(call, first.answer, misfits), route, show).catch(
        (thrown) => {
          // That the model was not asked again changes nothing about its answer; the end of the call does.
          throw call.abort.signal.aborted ? thrown : verdict;
        },
      );
      const left = judge(second.answer);
      if (left.length > 0) throw badForm(left, addUsage(first.usage, second.usage));
      return showEnd(second, show, repaired);
    },
  };
}

/** An answer of which all but the last events were shown. */
interface Held {
  answer: CompleteResponse;
  end: CompletionEvents;
  usage: Usage | undefined;
  fenced: boolean;
}

async function answerUpToTheEnd(call: Call, route: Route, show: Show): Promise<Held> {
  const stripper = createFenceStripper();
  const fold = createFold();
  let end: CompletionEvents = [];
  await route.answer(call, (events) => {
    const stripped = stripper.strip(events);
    fold.add(stripped);
    if (stripped.at(-1)?.$case !== 'finished') return stripped.length > 0 ? show(stripped) : undefined;
    end = stripped;
    return undefined;
  });
  const answer = fold.answer();
  return { answer, end, usage: answer.usage, fenced: stripper.found() };
}

async function showEnd({ end, fenced }: Held, show: Show, ...warnings: Warning[]): Promise<void> {
  const told = [...warnings, ...(fenced ? [fenceRemoved] : [])];
  await show([
    ...end.slice(0, -1),
    ...told.map((value) => ({ $case: 'warning' as const, value })),
    ...end.slice(-1),
  ]);
}

const fenceRemoved: Warning = {
  code: 'CODE_FENCE_REMOVED',
  message: 'The model put its JSON into a Markdown code fence, which was taken away.',
  field: 'response_format',
};

const repaired: Warning = {
  code: 'ANSWER_REPAIRED',
  message:
    'The first answer did not have the form that was asked for, so the model was asked again; both are billed.',
  field: 'response_format',
};

/** The same call with what the model said, and what is wrong with it. */
function askAgain(call: Call, { message }: CompleteResponse, misfits: readonly Misfit[]): Call {
  const { request } = call;
  const said = (message?.parts ?? []).map(({ part }) => (part?.$case === 'text' ? part.value : '')).join('');
  const list = misfits
    .map(({ path, wanted }) => `- ${path === '' ? 'the answer' : path}: ${wanted}`)
    .join('\n');
  const messages = [
    ...messagesOf(request),
    // An answer without any text cannot be sent back.
    ...(said.trim() === '' ? [] : [textMessage(Role.ASSISTANT, said)]),
    textMessage(
      Role.USER,
      `That answer does not have the form that was asked for:\n${list}\nAnswer again with the corrected JSON and nothing else.`,
    ),
  ];
  return { ...call, request: { ...request, prompt: '', messages } };
}

function badForm(misfits: readonly Misfit[], usage: Usage | undefined): GatewayError {
  const [{ path, keyword, wanted } = { path: '', keyword: '', wanted: '' }] = misfits;
  const where = path === '' ? 'it' : `the value at "${path.slice(0, 200)}"`;
  const more = misfits.length > 1 ? ` (and ${misfits.length - 1} more)` : '';
  return new GatewayError(
    ErrorReason.PROVIDER_RESPONSE_INVALID,
    `The model's answer does not have the form of response_format: ${where} ${wanted}${more}. It was billed. ` +
      'Call again, describe the form in the prompt, or take a model that enforces schemas.',
    { metadata: { path: path.slice(0, 200), keyword, misfits: String(misfits.length) }, usage },
  );
}
