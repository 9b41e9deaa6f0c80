import { describe, expect, it } from 'vitest';
import { answerOrStale } from '../../../src/completion/answer-or-stale.ts';
import { type Completion, createCompletion } from '../../../src/completion/complete.ts';
import { GatewayError, type Reason } from '../../../src/completion/error.ts';
import { createFold } from '../../../src/completion/fold.ts';
import { countLookUps } from '../../../src/completion/look-ups.ts';
import type { AnyAnswer, AnyCall, Call, Outcome } from '../../../src/completion/ports/call.ts';
import type { Now } from '../../../src/completion/ports/now.ts';
import type { Policy } from '../../../src/completion/ports/policy.ts';
import { CacheMode, FinishReason } from '../../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { CacheStatus } from '../../../src/gen/sluice/v1/execution.ts';
import { answer as answerBy } from '../../../src/routing/answer.ts';
import { createMemoryAnswerCache } from '../../../src/storage/memory/answer-cache.ts';
import {
  aCall,
  aCaller,
  allContents,
  aProvider,
  aRequest,
  aRoute,
  aRouting,
  aTarget,
  executionConfig,
  finished,
  follow,
  leaving,
  openGate,
  type Step,
  silentTelemetry,
  text,
  textOf,
} from '../../support/builders.ts';

const triesOnce = { ...executionConfig, maxAttempts: 1 };
const cacheConfig = { enabled: true, ttlMs: 60_000, staleTtlMs: 600_000, maxEntries: 100, maxBytes: 1e6 };

/** The flow with a scripted provider, a policy that counts its settlements, and a cache. */
function aGateway({
  play = () => [[text('Hi')], [text(' there'), finished()]],
  policies = [],
  enabled = true,
  now = Date.now,
}: {
  play?: () => readonly Step[];
  policies?: Policy[];
  enabled?: boolean;
  now?: Now;
} = {}) {
  const settled: Outcome<AnyAnswer>[] = [];
  const closed: AnyCall[] = [];
  const counting: Policy = { name: 'counting', admit: () => (outcome) => void settled.push(outcome) };
  const provider = aProvider({ play });
  const cache = createMemoryAnswerCache({ ...cacheConfig, now });
  const completion = createCompletion({
    gate: openGate,
    policies: [counting, ...policies],
    close: (call) => void closed.push(call),
    cache,
    lookUps: countLookUps(),
    cacheConfig: { ...cacheConfig, enabled },
    now,
    contents: allContents,
    router: {
      resolve: () =>
        aRoute({
          answer: (call, show) =>
            answerBy(call, { targets: [aTarget(provider, { execution: triesOnce })], show, ...aRouting() }),
        }),
    },
  });
  return { completion, provider, settled, closed, cache };
}

function answer(completion: Completion, call: Call) {
  return completion.run(call, () => undefined);
}

describe('a call settles exactly once', () => {
  const unavailable = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'no');

  it('when it finishes', async () => {
    const { completion, settled } = aGateway();
    const telemetry = silentTelemetry();
    await follow((show) => completion.run(aCall({ telemetry }), show));
    expect(settled).toMatchObject([{ ending: 'finished' }]);
    expect(telemetry.outcomes).toEqual(settled);
  });

  it('when the provider fails', async () => {
    const { completion, settled } = aGateway({ play: () => [unavailable] });
    const { error } = await follow((show) => completion.run(aCall(), show));
    expect(error).toMatchObject({
      reason: ErrorReason.PROVIDER_UNAVAILABLE,
      details: { attempts: [{ outcome: 'ATTEMPT_OUTCOME_FAILED' }] },
    });
    expect(settled).toMatchObject([
      { ending: 'failed', error: { reason: ErrorReason.PROVIDER_UNAVAILABLE } },
    ]);
  });

  it('when the provider breaks in mid-stream, with what had been said', async () => {
    const { completion, settled } = aGateway({ play: () => [[text('Half')], unavailable] });
    await follow((show) => completion.run(aCall(), show));
    expect(settled).toMatchObject([
      {
        ending: 'failed',
        error: { reason: ErrorReason.STREAM_INTERRUPTED },
        partial: { message: { parts: [{ part: { value: 'Half' } }] } },
      },
    ]);
  });

  it('when its caller cancels', async () => {
    const { completion, settled } = aGateway({ play: () => [[text('Hi')], 'hang'] });
    const call = aCall();
    const run = completion.run(call, () => void setImmediate(() => leaving(call)([])));
    await expect(run).rejects.toMatchObject({ reason: ErrorReason.CANCELLED });
    expect(settled).toMatchObject([{ ending: 'failed', error: { reason: ErrorReason.CANCELLED } }]);
  });

  it('when its caller leaves while it is shown something', async () => {
    const { completion, settled, provider } = aGateway();
    const call = aCall();
    await expect(completion.run(call, leaving(call))).rejects.toMatchObject({
      reason: ErrorReason.CANCELLED,
    });
    expect(settled).toMatchObject([{ ending: 'failed', error: { reason: ErrorReason.CANCELLED } }]);
    expect(provider.closed).toBe(1);
  });

  it('as finished when its caller leaves upon the last event', async () => {
    const { completion, settled } = aGateway({ play: () => [[text('Hi'), finished()]] });
    const call = aCall();
    await completion.run(call, leaving(call));
    expect(settled).toMatchObject([{ ending: 'finished' }]);
  });

  it('when its deadline passes', async () => {
    const { completion, settled } = aGateway({ play: () => ['hang'] });
    const call = aCall();
    setTimeout(() => call.abort.abort(new GatewayError(ErrorReason.DEADLINE_EXCEEDED, 'Too late.')), 20);
    const { error } = await follow((show) => completion.run(call, show));
    expect(error).toMatchObject({ reason: ErrorReason.DEADLINE_EXCEEDED });
    expect(settled).toMatchObject([{ ending: 'failed', error: { reason: ErrorReason.DEADLINE_EXCEEDED } }]);
  });

  it('when a later policy refuses it', async () => {
    const full: Policy = {
      name: 'full',
      admit() {
        throw new GatewayError(ErrorReason.CALLER_RATE_LIMITED, 'Slower.');
      },
    };
    const { completion, settled, provider } = aGateway({ policies: [full] });
    await follow((show) => completion.run(aCall(), show));
    expect(settled).toMatchObject([{ ending: 'failed', error: { reason: ErrorReason.CALLER_RATE_LIMITED } }]);
    expect(provider.calls).toHaveLength(0);
  });

  it('when a stored answer serves it', async () => {
    const { completion, settled, provider } = aGateway();
    await follow((show) => completion.run(aCall(), show));
    await follow((show) => completion.run(aCall(), show));
    expect(settled).toMatchObject([
      { ending: 'finished' },
      { answer: { execution: { cacheStatus: CacheStatus.HIT } } },
    ]);
    expect(provider.calls).toHaveLength(1);
  });

  it('and answers well where settling itself fails, but says so', async () => {
    const clumsy: Policy = {
      name: 'clumsy',
      admit: () => () => {
        throw new Error('disk full');
      },
    };
    const { completion, settled } = aGateway({ policies: [clumsy] });
    const telemetry = silentTelemetry();
    const { error } = await follow((show) => completion.run(aCall({ telemetry }), show));
    expect(error).toBeUndefined();
    expect(settled).toHaveLength(1);
    expect(telemetry.quiet).toEqual(['settle clumsy']);
  });
});

describe('an answer', () => {
  it('is what its events fold to, with every attempt in its account', async () => {
    const { completion } = aGateway();
    const { events } = await follow((show) => completion.run(aCall(), show));
    const fold = createFold();
    fold.add(events);
    const unary = await answer(aGateway().completion, aCall({ streamed: false }));
    expect(textOf(unary)).toBe('Hi there');
    expect(unary.execution).toMatchObject({
      provider: 'scripted',
      attempts: [{ outcome: 'ATTEMPT_OUTCOME_SUCCEEDED' }],
    });
    const timeless = ({ execution: _, ...rest }: typeof unary) => rest;
    expect(timeless(unary)).toEqual(timeless(fold.answer()));
  });

  it('is refused whole for a request with faults, naming every field', async () => {
    const { completion, settled } = aGateway();
    const request = aRequest({ model: '', maxOutputTokens: 0, requestId: 'x' });
    const { error } = await follow((show) => completion.run(aCall({ request }), show));
    expect(error).toMatchObject({
      reason: ErrorReason.INVALID_REQUEST,
      details: { violations: [{ field: 'model' }, { field: 'max_output_tokens' }, { field: 'request_id' }] },
    });
    expect(settled).toHaveLength(0);
  });
});

describe('the cache', () => {
  const mode = (mode: CacheMode) => ({ request: aRequest({ cache: { mode } }) });

  it('replays a whole answer as a stream, and a streamed one whole', async () => {
    const { completion, provider } = aGateway();
    const first = await answer(completion, aCall({ streamed: false }));
    const { events } = await follow((show) => completion.run(aCall({ id: 'call-2' }), show));
    expect(events[0]).toMatchObject({
      $case: 'started',
      value: { id: 'call-2', cacheStatus: CacheStatus.HIT },
    });
    const fold = createFold();
    fold.add(events);
    expect(fold.answer().message).toEqual(first.message);
    expect(provider.calls).toHaveLength(1);
  });

  it.each([
    [CacheMode.BYPASS, [CacheStatus.BYPASS, CacheStatus.BYPASS], 2],
    [CacheMode.ENABLED, [CacheStatus.MISS, CacheStatus.HIT], 1],
    [CacheMode.REFRESH, [CacheStatus.BYPASS, CacheStatus.BYPASS], 2],
  ])('under %s has the statuses %s', async (cacheMode, statuses, asked) => {
    const { completion, provider } = aGateway({ enabled: false });
    const seen = [];
    for (let n = 0; n < 2; n++)
      seen.push((await answer(completion, aCall(mode(cacheMode)))).execution?.cacheStatus);
    expect(seen).toEqual(statuses);
    expect(provider.calls).toHaveLength(asked);
  });

  it('serves what REFRESH stored, and under ONLY fails with NOT_CACHED where nothing is', async () => {
    const { completion, provider } = aGateway({ enabled: false });
    const { error } = await follow((show) => completion.run(aCall(mode(CacheMode.ONLY)), show));
    expect(error).toMatchObject({ reason: ErrorReason.NOT_CACHED });
    await answer(completion, aCall(mode(CacheMode.REFRESH)));
    const hit = await answer(completion, aCall(mode(CacheMode.ONLY)));
    expect(hit.execution?.cacheStatus).toBe(CacheStatus.HIT);
    expect(provider.calls).toHaveLength(1);
  });

  it.each([FinishReason.LENGTH, FinishReason.CONTENT_FILTER, FinishReason.REFUSAL, FinishReason.OTHER])(
    'does not store an answer that ended by %s',
    async (reason) => {
      const { completion, provider } = aGateway({ play: () => [[text('Hi'), finished(reason)]] });
      await answer(completion, aCall());
      await answer(completion, aCall());
      expect(provider.calls).toHaveLength(2);
    },
  );

  it('does not store an answer that its caller left in the middle', async () => {
    const { completion, provider } = aGateway();
    const call = aCall();
    await follow(() => completion.run(call, leaving(call)));
    await answer(completion, aCall());
    expect(provider.calls).toHaveLength(2);
  });

  it('tells callers and namespaces apart', async () => {
    const { completion, provider } = aGateway();
    await answer(completion, aCall());
    await answer(completion, aCall({ caller: aCaller({ name: 'checkout' }) }));
    await answer(completion, aCall({ request: aRequest({ cache: { namespace: 'tenant-7' } }) }));
    expect(provider.calls).toHaveLength(3);
  });
});

describe('a stored answer past its time', () => {
  const down = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'It is down.');
  const outages: Reason[] = [
    ErrorReason.PROVIDER_UNAVAILABLE,
    ErrorReason.PROVIDER_TIMEOUT,
    ErrorReason.PROVIDER_RATE_LIMITED,
    ErrorReason.PROVIDER_CREDENTIALS_REJECTED,
    ErrorReason.PROVIDER_RESPONSE_INVALID,
    ErrorReason.CIRCUIT_OPEN,
    ErrorReason.GATEWAY_OVERLOADED,
  ];
  const others = Object.values(ErrorReason)
    .filter(isReason)
    .filter((reason) => !outages.includes(reason));

  /** A gateway that stored "Hi there" 90 s ago, for a minute; by now its provider does as `play` says. */
  async function aGatewayThatStored(play: readonly Step[]) {
    let time = 1_000_000;
    let steps: readonly Step[] = [[text('Hi')], [text(' there'), finished()]];
    const gateway = aGateway({ play: () => steps, now: () => time });
    await answer(gateway.completion, aCall());
    steps = play;
    time += 90_000;
    gateway.settled.length = 0;
    return {
      ...gateway,
      pass(ms: number) {
        time += ms;
      },
      recover() {
        steps = [[text('New'), finished()]];
      },
    };
  }

  it('takes the place of a failure of every provider, and says so', async () => {
    const { completion } = await aGatewayThatStored([down]);
    const { events } = await follow((show) => completion.run(aCall({ id: 'call-2' }), show));
    expect(events[0]).toMatchObject({
      $case: 'started',
      value: { id: 'call-2', provider: 'scripted', cacheStatus: CacheStatus.STALE },
    });
    const fold = createFold();
    fold.add(events);
    expect(textOf(fold.answer())).toBe('Hi there');
    expect(fold.answer()).toMatchObject({
      finishReason: FinishReason.STOP,
      cost: { nanoUsd: 0, unpriced: false, estimated: false },
      execution: {
        provider: 'scripted',
        providerModel: 'model-1',
        cacheStatus: CacheStatus.STALE,
        attempts: [{ outcome: 'ATTEMPT_OUTCOME_FAILED', reason: 'PROVIDER_UNAVAILABLE' }],
      },
    });
    expect(fold.answer().warnings).toEqual([
      {
        code: 'ANSWER_STALE',
        message:
          'Every provider failed (PROVIDER_UNAVAILABLE), so this is a stored answer past its time, 90 s old.',
        field: '',
      },
    ]);
  });

  it.each(outages)('is served upon %s, streamed and unary', async (reason) => {
    const { completion } = await aGatewayThatStored([new GatewayError(reason, 'No.')]);
    const { events } = await follow((show) => completion.run(aCall(), show));
    expect(events[0]).toMatchObject({ $case: 'started', value: { cacheStatus: CacheStatus.STALE } });
    expect(textOf(await answer(completion, aCall({ streamed: false })))).toBe('Hi there');
  });

  it.each(others)('does not cover up %s, streamed or unary', async (reason) => {
    const { completion } = await aGatewayThatStored([new GatewayError(reason, 'No.')]);
    for (const streamed of [true, false]) {
      const { events, error } = await follow((show) => completion.run(aCall({ streamed }), show));
      expect(events).toEqual([]);
      expect(error).toMatchObject({ reason, message: 'No.' });
    }
  });

  it('does not cover up a bug', async () => {
    const { completion } = await aGatewayThatStored([new TypeError('x is not a function')]);
    const { error } = await follow((show) => completion.run(aCall(), show));
    expect(error).toMatchObject({ reason: ErrorReason.INTERNAL });
  });

  it('is not served to a caller that has seen some of another answer', async () => {
    const { completion } = await aGatewayThatStored([[text('Half')], down]);
    const { events, error } = await follow((show) => completion.run(aCall(), show));
    expect(error).toMatchObject({ reason: ErrorReason.STREAM_INTERRUPTED });
    expect(events).toMatchObject([{ $case: 'started' }, { $case: 'textDelta', value: { text: 'Half' } }]);
  });

  it('is not served to such a caller by whatever name its route calls the failure', async () => {
    const route = aRoute({
      async answer(_, show) {
        await show([text('Half')]);
        throw down;
      },
    });
    const stored = { answer: await answer(aGateway().completion, aCall()), ageMs: 90_000, fresh: false };
    const { events, error } = await follow((show) =>
      answerOrStale(aCall(), { route, stored, show, now: Date.now }),
    );
    expect(error).toBe(down);
    expect(events).toEqual([text('Half')]);
  });

  it('is served whole, and nothing else, to a unary call whose attempt broke in the middle', async () => {
    const warning = { code: 'PARAMETER_DROPPED', message: 'seed was dropped.', field: 'sampling.seed' };
    const tool = { index: 0, id: 'c1', name: 'weather', signature: Buffer.alloc(0) };
    const { completion } = await aGatewayThatStored([
      [{ $case: 'warning', value: warning }, text('Half')],
      [{ $case: 'toolCallStarted', value: tool }],
      down,
    ]);
    const stale = await answer(completion, aCall({ streamed: false }));
    expect(stale.message?.parts).toEqual([{ part: { $case: 'text', value: 'Hi there' } }]);
    expect(stale.warnings).toMatchObject([{ code: 'ANSWER_STALE' }]);
    expect(stale.execution).toMatchObject({
      cacheStatus: CacheStatus.STALE,
      attempts: [{ outcome: 'ATTEMPT_OUTCOME_INTERRUPTED' }],
    });
  });

  it.each([
    ['its caller left', new GatewayError(ErrorReason.CANCELLED, 'The caller left.')],
    ['its total time ran out', new GatewayError(ErrorReason.PROVIDER_TIMEOUT, 'It took too long.')],
    ['the gateway stops', new GatewayError(ErrorReason.GATEWAY_OVERLOADED, 'It is stopping.')],
  ])('is not served to a call that is over, since %s', async (_, reason) => {
    const { completion } = await aGatewayThatStored(['hang']);
    const call = aCall();
    setTimeout(() => call.abort.abort(reason), 10);
    const { events, error } = await follow((show) => completion.run(call, show));
    expect(events).toEqual([]);
    expect(error).toMatchObject({ reason: reason.reason });
  });

  it('is not served past the deadline, be its timer late or not', async () => {
    const { completion } = await aGatewayThatStored([down]);
    const { error } = await follow((show) => completion.run(aCall({ deadline: 1_090_000 }), show));
    expect(error).toMatchObject({ reason: ErrorReason.DEADLINE_EXCEEDED });
  });

  it('settles its call once, as finished, at no cost', async () => {
    const { completion, settled } = await aGatewayThatStored([down]);
    await follow((show) => completion.run(aCall(), show));
    expect(settled).toMatchObject([
      { ending: 'finished', answer: { cost: { nanoUsd: 0, unpriced: false } } },
    ]);
  });

  it('is looked up once, as a miss', async () => {
    const { completion } = await aGatewayThatStored([down]);
    const lookUps: CacheStatus[] = [];
    const cacheLookedUp = (status: CacheStatus) => void lookUps.push(status);
    await answer(completion, aCall({ telemetry: { ...silentTelemetry(), cacheLookedUp } }));
    expect(lookUps).toEqual([CacheStatus.MISS]);
  });

  it('is not made fresh by being served, and ends at its limit', async () => {
    const { completion, pass } = await aGatewayThatStored([down]);
    for (let n = 0; n < 2; n++) {
      const stale = await answer(completion, aCall());
      expect(stale.execution?.cacheStatus).toBe(CacheStatus.STALE);
    }
    pass(600_000);
    const { error } = await follow((show) => completion.run(aCall(), show));
    expect(error).toMatchObject({ reason: ErrorReason.PROVIDER_UNAVAILABLE });
  });

  it('gives way to a new answer as soon as there is one', async () => {
    const { completion, recover } = await aGatewayThatStored([down]);
    await answer(completion, aCall());
    recover();
    const renewed = await answer(completion, aCall());
    expect(renewed.execution?.cacheStatus).toBe(CacheStatus.MISS);
    expect(textOf(renewed)).toBe('New');
    expect((await answer(completion, aCall())).execution?.cacheStatus).toBe(CacheStatus.HIT);
  });

  it.each([
    [CacheMode.UNSPECIFIED, undefined],
    [CacheMode.ENABLED, undefined],
    [CacheMode.BYPASS, ErrorReason.PROVIDER_UNAVAILABLE],
    [CacheMode.REFRESH, ErrorReason.PROVIDER_UNAVAILABLE],
    [CacheMode.ONLY, ErrorReason.NOT_CACHED],
  ])('under %s ends in %s', async (mode, reason) => {
    const { completion } = await aGatewayThatStored([down]);
    const request = aRequest({ cache: { mode } });
    const { error } = await follow((show) => completion.run(aCall({ request }), show));
    expect((error as GatewayError | undefined)?.reason).toBe(reason);
  });
});

function isReason(reason: ErrorReason): reason is Reason {
  return reason !== ErrorReason.UNSPECIFIED && reason !== ErrorReason.UNRECOGNIZED;
}
