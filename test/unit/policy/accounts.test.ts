import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../../src/completion/error.ts';
import { toGatewayError } from '../../../src/completion/error.ts';
import type { BudgetSeen, Ledger } from '../../../src/completion/ledger.ts';
import { messagesOf } from '../../../src/completion/messages.ts';
import type { AnyAnswer, Call, Caller, Outcome } from '../../../src/completion/ports/call.ts';
import type { Quote, Route } from '../../../src/completion/ports/route.ts';
import type { BudgetConfig } from '../../../src/config/config.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { type Attempt, AttemptOutcome } from '../../../src/gen/sluice/v1/execution.ts';
import { BudgetPeriod, type UsageRecord } from '../../../src/gen/sluice/v1/usage_service.ts';
import { createAccounts } from '../../../src/policy/accounts/accounts.ts';
import { createMemoryLedger } from '../../../src/storage/memory/ledger.ts';
import { aCall, aCaller, aRequest, aRoute, aUsage } from '../../support/builders.ts';

const NOW = Date.UTC(2026, 10, 27, 12);
const MIDNIGHT = Date.UTC(2026, 10, 28);
const usage = { retentionMs: 35 * 86_400_000, maxRecords: 1_000, audit: undefined };

type Quoted = Partial<Quote> | ((request: Call['request']) => Partial<Quote>);
type Asked = [caller: Partial<Caller>, said?: Partial<Call>, quote?: Quoted];

function aBudget(said: Partial<BudgetConfig> = {}): BudgetConfig {
  return {
    for: 'all',
    label: undefined,
    amountNanoUsd: 100,
    per: 'day',
    onStoreFailure: 'deny',
    onLostCall: 'charge',
    unpriced: 'deny',
    ...said,
  };
}

/** Accounts over a ledger in memory, which `away` puts out of reach. */
function theAccounts({ budgets = [] }: { budgets?: BudgetConfig[] } = {}) {
  let time = NOW;
  const now = () => time;
  const records: UsageRecord[] = [];
  const seen: BudgetSeen[] = [];
  let isAway = false;
  const memory = createMemoryLedger({ usage, now });
  const unlessAway = <Answer>(answer: () => Answer): Answer | Promise<never> =>
    isAway ? Promise.reject(new Error('away')) : answer();
  const ledger: Ledger = {
    ...memory,
    admit: (entry) => unlessAway(() => memory.admit(entry)),
    extend: (entry) => unlessAway(() => memory.extend(entry)),
  };
  const accounts = createAccounts({
    ledger,
    local: createMemoryLedger({ usage, now }),
    budgets,
    booked: (record) => records.push(record),
    budgetSeen: (budget) => seen.push(budget),
    unreachable() {},
    statusName: () => 'UNAVAILABLE',
    priceVersion: ({ model }) => `list of ${model}`,
    now,
    random: () => 0,
  });
  return {
    ledger,
    records,
    seen,
    away: (is: boolean) => {
      isAway = is;
    },
    pass: (ms: number) => {
      time += ms;
    },
    admit,
    refusal: (...args: Asked): Promise<GatewayError> =>
      admit(...args).then(
        () => Promise.reject(new Error('admitted')),
        (thrown: unknown) => toGatewayError(thrown),
      ),
    spent: async (scope: string, period: BudgetPeriod = BudgetPeriod.DAY) =>
      (await memory.budgets([{ scope, period, limitNanoUsd: 0, onLostCall: 'charge' }]))[0],
  };

  /** Admits a call. `end` closes it. */
  async function admit(...[caller, said = {}, quote = {}]: Asked) {
    const call = aCall({ caller: aCaller({ name: 'checkout', ...caller }), arrivedAt: time, ...said });
    try {
      await accounts.admit(call, routeOf(quote));
    } catch (thrown) {
      accounts.close(call, { ending: 'failed', error: toGatewayError(thrown), partial: nothingSaid(call) });
      throw thrown;
    }
    return { call, end: (outcome = anAnswer(call)) => accounts.close(call, outcome) };
  }
}

function routeOf(quoted: Quoted): Route {
  const quote = typeof quoted === 'function' ? quoted : () => quoted;
  const base = { ...aRoute().quote(aRequest()), nanoUsd: 40, tokens: () => 30 };
  return aRoute({ quote: (request) => ({ ...base, ...quote(request as Call['request']) }) });
}

/** The more is said, the more it costs. */
const perMessage = (request: Call['request']) => ({ nanoUsd: 40 * messagesOf(request).length });

function anAttempt(nanoUsd: number, said: Partial<Attempt> = {}): Attempt {
  return {
    provider: 'openai',
    providerModel: 'gpt',
    startTime: undefined,
    duration: undefined,
    outcome: AttemptOutcome.SUCCEEDED,
    reason: '',
    httpStatus: 200,
    providerRequestId: '',
    usage: aUsage(),
    cost: { nanoUsd, unpriced: false, estimated: false },
    ...said,
  };
}

function nothingSaid({ id }: Call): AnyAnswer {
  return { id, warnings: [] };
}

function anAnswer(call: Call): Outcome<AnyAnswer> {
  const execution = { provider: 'openai', providerModel: 'gpt', attempts: [], cacheStatus: call.cacheStatus };
  return {
    ending: 'finished',
    answer: { id: call.id, execution: { ...execution } as unknown as AnyAnswer['execution'], warnings: [] },
  };
}

describe('the accounts', () => {
  it('ask nothing of a caller whom nothing holds, and book its call all the same', async () => {
    const it = theAccounts();
    it.away(true);
    const { call, end } = await it.admit({});
    call.attempts.push(anAttempt(12));
    end();
    expect(it.records).toMatchObject([
      { id: 'call-1', key: 'checkout', status: 'OK', cost: { nanoUsd: 12 }, priceVersion: 'list of gpt' },
    ]);
  });

  it('reserve the most that a call can cost, and book the truth in its place', async () => {
    const it = theAccounts();
    const { call, end } = await it.admit({ budgets: [aBudget()] });
    expect(await it.spent('key:checkout')).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 40 });
    call.attempts.push(anAttempt(12));
    end();
    expect(await it.spent('key:checkout')).toMatchObject({ spentNanoUsd: 12, reservedNanoUsd: 0 });
  });

  it('book what attempts before the one that answered were billed, and whose they were', async () => {
    const it = theAccounts();
    const { call, end } = await it.admit({ budgets: [aBudget()] });
    const broken = anAttempt(5, { provider: 'azure', outcome: AttemptOutcome.INTERRUPTED });
    const skipped = anAttempt(0, { outcome: AttemptOutcome.SKIPPED });
    call.attempts.push(broken, { ...skipped, usage: undefined, cost: undefined } as Attempt, anAttempt(12));
    end();
    const { inputTokens } = aUsage();
    expect(it.records).toMatchObject([
      {
        cost: { nanoUsd: 17 },
        usage: { inputTokens: 2 * inputTokens },
        attemptCount: 2,
        billedAttempts: [broken],
      },
    ]);
    expect(await it.spent('key:checkout')).toMatchObject({ spentNanoUsd: 17 });
  });

  it('hold a call to each budget of its key and of the gateway, for all, its end user and its label', async () => {
    const scopes = [aBudget(), aBudget({ for: 'endUser' }), aBudget({ for: 'label', label: 'team' })];
    const it = theAccounts({ budgets: scopes.map((budget) => ({ ...budget, per: 'month' })) });
    const request = aRequest({ endUser: '42', labels: { team: 'search' } });
    await it.admit({ budgets: scopes }, { request });
    for (const scope of ['key:checkout', 'key:checkout/user:42', 'key:checkout/label:team=search'])
      expect([scope, await it.spent(scope)]).toMatchObject([scope, { reservedNanoUsd: 40 }]);
    for (const scope of ['gateway', 'user:42', 'label:team=search'])
      expect([scope, await it.spent(scope, BudgetPeriod.MONTH)]).toMatchObject([
        scope,
        { reservedNanoUsd: 40 },
      ]);
  });

  it('have callers that leave out the end user share one budget', async () => {
    const it = theAccounts();
    await it.admit({ budgets: [aBudget({ for: 'endUser' })] });
    expect(await it.spent('key:checkout/user:')).toMatchObject({ reservedNanoUsd: 40 });
  });

  it('refuse what a budget does not cover, and say which, how much is left and when there is more', async () => {
    const it = theAccounts();
    const { call, end } = await it.admit({ budgets: [aBudget()] });
    call.attempts.push(anAttempt(70));
    end();
    const error = await it.refusal({ budgets: [aBudget()] }, { id: 'call-2' });
    expect(error).toMatchObject({
      reason: ErrorReason.BUDGET_EXHAUSTED,
      message:
        'key:checkout: the call can cost up to $0.00000004, and $0.00000003 of $0.0000001 a day is left. A smaller max_output_tokens makes it cost less.',
      details: { quotas: [{ subject: 'key:checkout' }], retryAfterMs: MIDNIGHT - NOW },
    });
  });

  it('say that it may pass in a moment where only running calls are in the way', async () => {
    const it = theAccounts();
    await it.admit({ budgets: [aBudget({ amountNanoUsd: 60 })] });
    const error = await it.refusal({ budgets: [aBudget({ amountNanoUsd: 60 })] }, { id: 'call-2' });
    expect(error.message).toContain('is reserved by calls that are running');
    expect(error.details.retryAfterMs).toBe(1_000);
  });

  it('give no time to come back where the call alone costs more than the budget', async () => {
    const it = theAccounts();
    const error = await it.refusal({ budgets: [aBudget({ amountNanoUsd: 39 })] });
    expect(error.message).toContain(
      'more than the whole $0.000000039 a day. Set a smaller max_output_tokens.',
    );
    expect(error.details.retryAfterMs).toBeUndefined();
  });

  it('refuse beyond the rate, with the limit and the time', async () => {
    const it = theAccounts();
    const caller = { limits: { requestsPerMinute: 2 } };
    await it.admit(caller, { id: 'call-1' });
    await it.admit(caller, { id: 'call-2' });
    expect(await it.refusal(caller, { id: 'call-3' })).toMatchObject({
      reason: ErrorReason.CALLER_RATE_LIMITED,
      message: 'key:checkout: 2 requests a minute are used up.',
      details: { retryAfterMs: 30_000 },
    });
    it.pass(30_000);
    await it.admit(caller, { id: 'call-4' });
  });

  it('hold each end user to the limits for end users, and the key to those of the key', async () => {
    const it = theAccounts();
    const caller = { limits: { concurrency: 2 }, endUserLimits: { concurrency: 1 } };
    const by = (endUser: string) => ({ id: `call-of-${endUser}`, request: aRequest({ endUser }) });
    await it.admit(caller, by('a'));
    const twice = await it.refusal(caller, { ...by('a'), id: 'another' });
    expect(twice.details.quotas).toEqual([
      { subject: 'key:checkout/user:a', description: '1 calls may be in flight, and as many are.' },
    ]);
    await it.admit(caller, by('b'));
    expect((await it.refusal(caller, by('c'))).details.quotas).toMatchObject([{ subject: 'key:checkout' }]);
  });

  it('free the place of a call that has ended, however it ended', async () => {
    const it = theAccounts();
    const caller = { limits: { concurrency: 1 } };
    for (const id of ['call-1', 'call-2', 'call-3']) {
      const { end } = await it.admit(caller, { id });
      end();
    }
  });

  it('correct the tokens by what was used', async () => {
    const it = theAccounts();
    const caller = { limits: { tokensPerMinute: 60 } };
    const { call, end } = await it.admit(caller, { id: 'call-1' }, { tokens: () => 60 });
    expect((await it.refusal(caller, { id: 'call-2' }, { tokens: () => 1 })).details.retryAfterMs).toBe(
      1_000,
    );
    call.attempts.push(anAttempt(0, { usage: { ...aUsage(), inputTokens: 10, outputTokens: 10 } }));
    end();
    await it.admit(caller, { id: 'call-3' }, { tokens: () => 40 });
    await it.refusal(caller, { id: 'call-4' }, { tokens: () => 1 });
  });

  it('take nothing for a call that is refused, and leave a record of it', async () => {
    const it = theAccounts();
    const limits = { requestsPerMinute: 1, concurrency: 1 };
    await it.refusal({ limits, budgets: [aBudget({ amountNanoUsd: 39 })] });
    expect(it.records).toMatchObject([
      { status: 'UNAVAILABLE', reason: 'BUDGET_EXHAUSTED', cost: { nanoUsd: 0 }, attemptCount: 0 },
    ]);
    await it.admit({ limits }, { id: 'call-2' });
  });

  it('refuse a model whose price is not known where a budget applies, unless it allows that', async () => {
    const it = theAccounts();
    const unknown = { unpriced: ['local/llama'] };
    expect(await it.refusal({ budgets: [aBudget()] }, {}, unknown)).toMatchObject({
      reason: ErrorReason.BUDGET_EXHAUSTED,
      message: expect.stringContaining('the price of local/llama is not known'),
    });
    await it.admit({ budgets: [aBudget({ unpriced: 'allow' })] }, { id: 'call-2' }, unknown);
    await it.admit({ limits: { requestsPerMinute: 5 } }, { id: 'call-3' }, unknown);
  });

  it('warn the caller in a trailer from 80 percent on', async () => {
    const it = theAccounts();
    const told: string[] = [];
    const tell = (name: string, value: string) => void told.push(`${name}: ${value}`);
    await it.admit({ budgets: [aBudget()] }, { tell });
    await it.admit({ budgets: [aBudget()] }, { id: 'call-2', tell });
    expect(told).toEqual(['sluice-budget-warning: key:checkout day 80%']);
    expect(it.seen.map(({ nearlySpent }) => nearlySpent)).toEqual([false, true]);
  });

  describe('before one more attempt', () => {
    it('ask for what the attempts before it have used up', async () => {
      const it = theAccounts();
      const { call, end } = await it.admit({ budgets: [aBudget()] });
      call.attempts.push(anAttempt(25, { outcome: AttemptOutcome.INTERRUPTED }));
      await call.cover?.(call.request);
      expect(await it.spent('key:checkout')).toMatchObject({ reservedNanoUsd: 65 });
      call.attempts.push(anAttempt(30));
      end();
      expect(await it.spent('key:checkout')).toMatchObject({ spentNanoUsd: 55, reservedNanoUsd: 0 });
    });

    it('refuse it where the budget does not cover that', async () => {
      const it = theAccounts();
      const { call, end } = await it.admit({ budgets: [aBudget({ amountNanoUsd: 60 })] });
      call.attempts.push(anAttempt(25, { outcome: AttemptOutcome.INTERRUPTED }));
      await expect(call.cover?.(call.request)).rejects.toMatchObject({
        reason: ErrorReason.BUDGET_EXHAUSTED,
      });
      end();
      expect(await it.spent('key:checkout')).toMatchObject({ spentNanoUsd: 25, reservedNanoUsd: 0 });
    });

    it('ask for what that attempt can cost, which may be more than the first', async () => {
      const it = theAccounts();
      const { call, end } = await it.admit({ budgets: [aBudget({ amountNanoUsd: 200 })] }, {}, perMessage);
      const { request } = call;
      expect(await it.spent('key:checkout')).toMatchObject({ reservedNanoUsd: 40 });
      call.attempts.push(anAttempt(25, { outcome: AttemptOutcome.INTERRUPTED }));
      const [message] = messagesOf(request);
      await call.cover?.({ ...request, prompt: '', messages: Array(3).fill(message) });
      expect(await it.spent('key:checkout')).toMatchObject({ reservedNanoUsd: 25 + 120 });
      end();
    });

    it('ask nothing where nothing was billed yet', async () => {
      const it = theAccounts();
      const { call } = await it.admit({ budgets: [aBudget()] });
      it.away(true);
      await call.cover?.(call.request);
    });
  });

  describe('while the ledger cannot be asked', () => {
    it('refuse where a budget wants that, with a time to come back', async () => {
      const it = theAccounts();
      it.away(true);
      const error = await it.refusal({ budgets: [aBudget()] });
      expect(error).toMatchObject({
        reason: ErrorReason.STORE_UNAVAILABLE,
        message: expect.stringContaining('The budget key:checkout cannot be asked'),
        details: { retryAfterMs: 1_000 },
      });
    });

    it('wait half a second for it to come back, where there is no other way', async () => {
      const it = theAccounts();
      it.away(true);
      setTimeout(() => it.away(false), 100);
      await it.admit({ budgets: [aBudget()] });
      expect(await it.spent('key:checkout')).toMatchObject({ reservedNanoUsd: 40 });
    });

    it('let calls run where all budgets allow it, and book their cost', async () => {
      const it = theAccounts();
      it.away(true);
      const { call, end } = await it.admit({ budgets: [aBudget({ onStoreFailure: 'allow' })] });
      call.attempts.push(anAttempt(12));
      end();
      expect(await it.spent('key:checkout')).toMatchObject({ spentNanoUsd: 12, reservedNanoUsd: 0 });
    });

    it('count rates and places here meanwhile', async () => {
      const it = theAccounts();
      it.away(true);
      const caller = { limits: { requestsPerMinute: 5, concurrency: 1 } };
      const { end } = await it.admit(caller, { id: 'call-1' });
      expect((await it.refusal(caller, { id: 'call-2' })).reason).toBe(ErrorReason.CALLER_RATE_LIMITED);
      end();
      for (const id of ['call-3', 'call-4', 'call-5', 'call-6']) (await it.admit(caller, { id })).end();
      expect((await it.refusal(caller, { id: 'call-7' })).message).toContain('5 requests a minute');
    });

    it('give back what a call may have reserved whose answer was lost', async () => {
      const it = theAccounts();
      const caller = { budgets: [aBudget({ onStoreFailure: 'allow' })] };
      const { end } = await it.admit(caller);
      it.away(true);
      end();
      expect(await it.spent('key:checkout')).toMatchObject({ reservedNanoUsd: 0 });
    });
  });
});
