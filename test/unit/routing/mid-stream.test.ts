import { describe, expect, it } from 'vitest';
import { GatewayError, type Reason } from '../../../src/completion/error.ts';
import { createFold } from '../../../src/completion/fold.ts';
import type { CompletionEvent } from '../../../src/completion/ports/events.ts';
import type { ModelCapabilities, ProviderCall } from '../../../src/completion/ports/provider.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { MidStreamPolicy } from '../../../src/gen/sluice/v1/execution.ts';
import { answer } from '../../../src/routing/answer.ts';
import type { Target } from '../../../src/routing/target.ts';
import {
  aCall,
  aProvider,
  aRequest,
  aRouting,
  aTarget,
  everything,
  executionConfig,
  finished,
  follow,
  type Step,
  text,
  textOf,
} from '../../support/builders.ts';

const failure = (reason: Reason) => new GatewayError(reason, 'no');
const reset = failure(ErrorReason.PROVIDER_UNAVAILABLE);
const target = (
  name: string,
  play: (call: ProviderCall, nth: number) => readonly Step[],
  can: Partial<ModelCapabilities> = {},
) => aTarget(aProvider({ name, play, capabilities: { ...everything, ...can } }));

const breaksAfter = (...events: CompletionEvent[]) => target('broken', () => [events, reset]);
const says = (whole: string) => target('whole', () => [[text(whole), finished()]]);
/** Goes on with the beginning that it is given. */
const continues = (whole: string, can: Partial<ModelCapabilities> = {}) =>
  target('other', (call) => [[text(whole.slice(beginningOf(call).length)), finished()]], can);

function beginningOf({ request }: ProviderCall): string {
  const last = request.messages.at(-1);
  const part = last?.role === 'ROLE_ASSISTANT' ? last.parts[0]?.part : undefined;
  return part?.$case === 'text' ? part.value : '';
}

async function run(
  policy: MidStreamPolicy,
  targets: Target[],
  { streamed = true, ...said }: { streamed?: boolean } & Parameters<typeof aRequest>[0] = {},
) {
  const call = aCall({
    streamed,
    request: aRequest({ ...said, execution: { midStream: policy, ...said.execution } }),
  });
  const { events, error } = await follow((show) => answer(call, { targets, show, ...aRouting() }));
  const fold = createFold();
  fold.add(events);
  return {
    error,
    events,
    kinds: events.map(({ $case }) => $case).join(' '),
    text: textOf(fold.answer()),
    answer: fold.answer(),
    attempts: call.attempts.map(
      ({ provider, outcome }) => `${provider} ${outcome.slice('ATTEMPT_OUTCOME_'.length)}`,
    ),
  };
}

const toolCall: CompletionEvent = {
  $case: 'toolCallStarted',
  value: { index: 0, id: 'call-1', name: 'look_up', signature: Buffer.alloc(0) },
};
const halfArguments: CompletionEvent = { $case: 'toolCallDelta', value: { index: 0, arguments: '{"na' } };
const reasoning: CompletionEvent = {
  $case: 'reasoningDelta',
  value: { text: 'Let me see.', signature: Buffer.alloc(0) },
};

describe('FAIL', () => {
  it('ends a stream that broke with STREAM_INTERRUPTED', async () => {
    const { error, attempts } = await run(MidStreamPolicy.FAIL, [breaksAfter(text('Half')), says('Whole')]);
    expect(error).toMatchObject({
      reason: ErrorReason.STREAM_INTERRUPTED,
      details: { metadata: { provider: 'broken' } },
    });
    expect(attempts).toEqual(['broken INTERRUPTED']);
  });

  it('is what the configuration may say, for a target', async () => {
    const restarting = {
      ...breaksAfter(text('Half')),
      execution: { ...executionConfig, midStream: 'restart' as const },
    };
    const { text: whole } = await run(MidStreamPolicy.UNSPECIFIED, [restarting, says('Whole')]);
    expect(whole).toBe('Whole');
    const { error } = await run(MidStreamPolicy.FAIL, [restarting, says('Whole')]);
    expect(error).toMatchObject({ reason: ErrorReason.STREAM_INTERRUPTED });
  });
});

describe('RESTART', () => {
  it('begins the answer again at the next target, and says so', async () => {
    const {
      error,
      kinds,
      text: whole,
      events,
      attempts,
    } = await run(MidStreamPolicy.RESTART, [breaksAfter(text('Half')), says('Whole')]);
    expect(error).toBeUndefined();
    expect(kinds).toBe('started textDelta failedOver textDelta finished');
    expect(events[2]).toMatchObject({
      value: {
        discardPrevious: true,
        provider: 'whole',
        providerModel: 'model-1',
        failed: {
          provider: 'broken',
          outcome: 'ATTEMPT_OUTCOME_INTERRUPTED',
          reason: 'PROVIDER_UNAVAILABLE',
        },
      },
    });
    expect(whole).toBe('Whole');
    expect(attempts).toEqual(['broken INTERRUPTED', 'whole SUCCEEDED']);
  });

  it('begins again at the same target where there is no other', async () => {
    const once = target('once', (_, nth) =>
      nth === 1 ? [[text('Half')], reset] : [[text('Whole'), finished()]],
    );
    const { text: whole } = await run(MidStreamPolicy.RESTART, [once]);
    expect(whole).toBe('Whole');
  });

  it('voids half a tool call, and the warnings of the answer that is void', async () => {
    const { answer: folded } = await run(MidStreamPolicy.RESTART, [
      breaksAfter(
        { $case: 'warning', value: { code: 'PARAMETER_DROPPED', message: '', field: 'x' } },
        toolCall,
        halfArguments,
      ),
      says('Whole'),
    ]);
    expect(folded.warnings).toEqual([]);
    expect(folded.message?.parts).toMatchObject([{ part: { $case: 'text', value: 'Whole' } }]);
  });

  it('ends with STREAM_INTERRUPTED where no target gives a whole answer, with every attempt', async () => {
    const { error, attempts } = await run(MidStreamPolicy.RESTART, [
      breaksAfter(text('Half')),
      target('down', () => [reset]),
    ]);
    expect(error).toMatchObject({
      reason: ErrorReason.STREAM_INTERRUPTED,
      details: { metadata: { provider: 'broken' } },
    });
    expect(attempts).toEqual(['broken INTERRUPTED', 'down FAILED', 'broken INTERRUPTED']);
  });

  it('is an interruption also where the next target finds fault with the request', async () => {
    const { error } = await run(MidStreamPolicy.RESTART, [
      breaksAfter(text('Half')),
      target('picky', () => [failure(ErrorReason.PROVIDER_REJECTED_REQUEST)]),
    ]);
    expect(error).toMatchObject({ reason: ErrorReason.STREAM_INTERRUPTED });
  });
});

describe('CONTINUE', () => {
  it('lets the next target go on, with what was said as its beginning', async () => {
    const other = continues('The quick brown fox');
    const {
      error,
      kinds,
      text: whole,
      events,
    } = await run(MidStreamPolicy.CONTINUE, [breaksAfter(text('The '), text('quick ')), other], {
      prompt: 'say it',
      maxOutputTokens: 100,
      reasoning: { effort: 'REASONING_EFFORT_LOW' },
    });
    expect(error).toBeUndefined();
    expect(kinds).toBe('started textDelta textDelta failedOver textDelta finished');
    expect(events[3]).toMatchObject({ value: { discardPrevious: false, provider: 'other' } });
    expect(whole).toBe('The quick brown fox');
    const { calls } = other.provider as ReturnType<typeof aProvider>;
    expect(calls[0]?.request).toMatchObject({
      prompt: '',
      messages: [
        { role: 'ROLE_USER', parts: [{ part: { value: 'say it' } }] },
        { role: 'ROLE_ASSISTANT', parts: [{ part: { $case: 'text', value: 'The quick' } }] },
      ],
      maxOutputTokens: 97,
      reasoning: undefined,
    });
  });

  it('trims what the next target repeats', async () => {
    const { text: whole } = await run(MidStreamPolicy.CONTINUE, [
      breaksAfter(text('The quick brown fox')),
      target('other', () => [[text('brown')], [text(' fox')], [text(' jumps')], [finished()]]),
    ]);
    expect(whole).toBe('The quick brown fox jumps');
  });

  it('goes on from what all targets before have said', async () => {
    const words = 'one two three four five six';
    const cut = (name: string, to: number) =>
      target(name, (call) => [[text(words.slice(beginningOf(call).length, to))], reset]);
    const { text: whole, attempts } = await run(MidStreamPolicy.CONTINUE, [
      cut('a', 10),
      cut('b', 20),
      continues(words),
    ]);
    expect(whole).toBe(words);
    expect(attempts).toEqual(['a INTERRUPTED', 'b INTERRUPTED', 'other SUCCEEDED']);
  });

  it.each<[string, CompletionEvent[], Parameters<typeof aRequest>[0]]>([
    ['a tool call has begun', [text('Let me look.'), toolCall, halfArguments], {}],
    ['a tool call is whole', [text('Let me look.'), toolCall], {}],
    ['there is nothing but reasoning', [reasoning], {}],
    ['there is nothing but white space', [text(' \n')], {}],
    [
      'the answer must be JSON',
      [text('{"a":')],
      { responseFormat: { format: { $case: 'jsonObject', value: {} } } },
    ],
    [
      'the caller has begun the answer itself',
      [text('Half')],
      {
        prompt: '',
        messages: [
          { role: 'ROLE_USER', parts: [{ part: { $case: 'text', value: 'hello' } }] },
          { role: 'ROLE_ASSISTANT', parts: [{ part: { $case: 'text', value: 'Well, ' } }] },
        ],
      },
    ],
  ])('begins again where %s', async (_, said, request) => {
    const { text: whole, events } = await run(
      MidStreamPolicy.CONTINUE,
      [breaksAfter(...said), says('Whole')],
      request,
    );
    const failedOver = events.find(({ $case }) => $case === 'failedOver');
    expect(failedOver).toMatchObject({ value: { discardPrevious: true } });
    expect(whole).toBe('Whole');
  });

  it('goes on after reasoning that was whole', async () => {
    const { answer: folded } = await run(MidStreamPolicy.CONTINUE, [
      breaksAfter(reasoning, text('The quick')),
      continues('The quick fox'),
    ]);
    expect(folded.message?.parts).toMatchObject([
      { part: { $case: 'reasoning', value: { text: 'Let me see.' } } },
      { part: { $case: 'text', value: 'The quick fox' } },
    ]);
  });

  it('begins again at a target that cannot be given a beginning', async () => {
    const { text: whole, kinds } = await run(MidStreamPolicy.CONTINUE, [
      breaksAfter(text('Half')),
      continues('Whole', { prefill: false }),
    ]);
    expect([whole, kinds]).toEqual(['Whole', 'started textDelta failedOver textDelta finished']);
  });

  it.each([ErrorReason.PROVIDER_REJECTED_REQUEST, ErrorReason.CONTEXT_LENGTH_EXCEEDED])(
    'begins again at a target that refuses a beginning with %s',
    async (reason) => {
      const picky = target('picky', (call) =>
        beginningOf(call) === '' ? [[text('Whole'), finished()]] : [failure(reason)],
      );
      const {
        error,
        text: whole,
        attempts,
      } = await run(MidStreamPolicy.CONTINUE, [breaksAfter(text('Half')), picky]);
      expect(error).toBeUndefined();
      expect(whole).toBe('Whole');
      expect(attempts).toEqual(['broken INTERRUPTED', 'picky FAILED', 'picky SUCCEEDED']);
    },
  );

  it('asks a target that refuses a beginning no more often than max_attempts', async () => {
    const picky = target('picky', () => [failure(ErrorReason.PROVIDER_REJECTED_REQUEST)]);
    const { error, attempts } = await run(MidStreamPolicy.CONTINUE, [breaksAfter(text('Half')), picky], {
      execution: { maxAttempts: 2 },
    });
    expect(error).toMatchObject({ reason: ErrorReason.STREAM_INTERRUPTED });
    expect(attempts).toEqual(['broken INTERRUPTED', 'picky FAILED']);
  });
});

it.each([MidStreamPolicy.FAIL, MidStreamPolicy.RESTART, MidStreamPolicy.CONTINUE])(
  'a unary call is rescued whatever the policy: %s',
  async (policy) => {
    const other = says('Whole');
    const { text: whole, error } = await run(policy, [breaksAfter(text('Half')), other], { streamed: false });
    expect(error).toBeUndefined();
    expect(whole).toBe('Whole');
    expect((other.provider as ReturnType<typeof aProvider>).calls[0]?.request.prompt).toBe('hello');
  },
);
