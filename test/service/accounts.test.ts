import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status as codes, credentials, Metadata } from '@grpc/grpc-js';
import { createClient, type SluiceClient, SluiceError } from '@sluice/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompleteRequest, CompletionServiceClient } from '../../src/gen/sluice/v1/completion_service.ts';
import { type FakeOpenAi, fails, says, stalls, startFakeOpenAi } from '../support/fake-openai.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

// What the fake provider says costs 7 input and 3 output tokens, at $1 and $10 for a million: 37,000 billionths.
const COST = 37_000;

let provider: FakeOpenAi;
let broken: FakeOpenAi;
beforeAll(async () => {
  provider = await startFakeOpenAi(says('Good day to you.'));
  broken = await startFakeOpenAi(fails(500));
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await broken[Symbol.asyncDispose]();
});

interface Gate extends AsyncDisposable {
  gateway: Gateway;
  checkout: SluiceClient;
  search: SluiceClient;
  operator: SluiceClient;
}

/** A gateway with three keys, of which `checkout` is what is said. */
async function aGate(checkout: object = {}, said: Record<string, unknown> = {}): Promise<Gate> {
  const gateway = await startGateway({
    providers: {
      openai: { kind: 'openai-compatible', baseUrl: provider.url },
      broken: { kind: 'openai-compatible', baseUrl: broken.url },
    },
    models: {
      fast: { targets: [{ provider: 'openai', model: 'gpt' }] },
      fallen: { targets: [{ provider: 'broken', model: 'gpt' }] },
    },
    prices: { gpt: { inputPrice: 1, outputPrice: 10, maxOutputTokens: 1_000 } },
    execution: { maxAttempts: 1 },
    cache: { enabled: false },
    keys: [
      { name: 'checkout', sha256: hash('sha256', 'key-of-checkout'), ...checkout },
      { name: 'search', sha256: hash('sha256', 'key-of-search') },
      { name: 'operator', sha256: hash('sha256', 'key-of-operator'), admin: true },
    ],
    ...said,
  });
  const { address } = gateway;
  const clientOf = (name: string) => createClient({ address, apiKey: `key-of-${name}`, maxAttempts: 1 });
  const clients = {
    checkout: clientOf('checkout'),
    search: clientOf('search'),
    operator: clientOf('operator'),
  };
  return {
    gateway,
    ...clients,
    async [Symbol.asyncDispose]() {
      for (const client of Object.values(clients)) client.close();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

const ask = { model: 'fast', prompt: 'hello', maxOutputTokens: 10 };
/** The most that `ask` can cost: 16 + 16 + 5 input tokens, as many as bytes and frames, and 10 of output. */
const MOST = 137_000;

async function failureOf(call: Promise<unknown>): Promise<SluiceError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SluiceError)) throw error;
  return error;
}

describe('a call', () => {
  it('tells what it cost, streamed or not', async () => {
    await using gate = await aGate();
    const answer = await gate.checkout.complete(ask);
    expect(answer.cost).toEqual({ nanoUsd: COST, unpriced: false, estimated: false });
    expect(answer.execution?.attempts).toMatchObject([
      { usage: { inputTokens: 7, outputTokens: 3 }, cost: { nanoUsd: COST } },
    ]);
    expect((await gate.checkout.stream(ask).final()).cost).toEqual(answer.cost);
  });

  it('leaves one record, which its key and administrators see, and nobody else', async () => {
    await using gate = await aGate();
    const request = { ...ask, endUser: '42', labels: { team: 'payments' } };
    const { id } = await gate.checkout.complete(request);
    const { records } = await gate.checkout.usage.listUsageRecords({});
    expect(records).toMatchObject([
      {
        id,
        key: 'checkout',
        endUser: '42',
        labels: { team: 'payments' },
        model: 'fast',
        provider: 'openai',
        providerModel: 'gpt',
        usage: { inputTokens: 7, outputTokens: 3 },
        cost: { nanoUsd: COST },
        status: 'OK',
        attemptCount: 1,
        method: 'Complete',
        priceVersion: 'configuration',
      },
    ]);
    expect((await gate.operator.usage.listUsageRecords({})).records).toEqual(records);
    expect((await gate.operator.usage.listUsageRecords({ key: 'search' })).records).toEqual([]);
    expect((await gate.search.usage.listUsageRecords({})).records).toEqual([]);
    for (const call of [
      gate.search.usage.listUsageRecords({ key: 'checkout' }),
      gate.search.usage.summarizeUsage({ key: 'checkout' }),
      gate.search.usage.getBudget({ key: 'checkout' }),
    ])
      expect(await failureOf(call)).toMatchObject({ status: 'PERMISSION_DENIED' });
  });

  it('leaves a record too where it failed, was refused, or was at fault', async () => {
    await using gate = await aGate({ models: ['fast', 'fallen'], limits: { requestsPerMinute: 2 } });
    await failureOf(gate.checkout.complete({ ...ask, model: 'fallen' }));
    await failureOf(gate.checkout.complete({ ...ask, model: 'demo' }));
    await failureOf(gate.checkout.complete({ model: 'fast' }));
    await gate.checkout.complete(ask);
    await failureOf(gate.checkout.complete(ask));
    const { records } = await gate.checkout.usage.listUsageRecords({});
    expect(records.map(({ status, reason, cost }) => [status, reason, cost?.nanoUsd]).reverse()).toEqual([
      ['UNAVAILABLE', 'PROVIDER_UNAVAILABLE', 0],
      ['PERMISSION_DENIED', 'MODEL_NOT_ALLOWED', 0],
      ['INVALID_ARGUMENT', 'INVALID_REQUEST', 0],
      ['OK', '', COST],
      ['RESOURCE_EXHAUSTED', 'CALLER_RATE_LIMITED', 0],
    ]);
  });

  it('that its caller leaves is billed what it was told by then, by an estimate', async () => {
    await using slow = await startFakeOpenAi(stalls(['Good', ' day']));
    await using gate = await aGate(
      {},
      {
        providers: { openai: { kind: 'openai-compatible', baseUrl: slow.url } },
        models: { fast: { targets: [{ provider: 'openai', model: 'gpt' }] } },
      },
    );
    for await (const event of gate.checkout.stream(ask)) if (event.$case === 'textDelta') break;
    await expect.poll(async () => (await gate.checkout.usage.listUsageRecords({})).records).toHaveLength(1);
    const { records } = await gate.checkout.usage.listUsageRecords({});
    expect(records).toMatchObject([
      { status: 'CANCELLED', usage: { inputTokens: 8, estimated: true }, cost: { estimated: true } },
    ]);
    expect(records[0]?.usage?.outputTokens).toBeGreaterThan(0);
  });

  it('answered from the cache costs nothing, and tells what that saved', async () => {
    await using gate = await aGate({}, { cache: { enabled: true } });
    await gate.checkout.complete(ask);
    await gate.checkout.complete(ask);
    const { summaries } = await gate.checkout.usage.summarizeUsage({});
    expect(summaries).toEqual([
      {
        group: [],
        callCount: 2,
        failedCallCount: 0,
        cachedCallCount: 1,
        inputTokens: 7,
        outputTokens: 3,
        costNanoUsd: COST,
        savedNanoUsd: COST,
      },
    ]);
  });

  it('to embed is held and booked alike', async () => {
    await using gate = await aGate({ budgets: [{ amount: 1, per: 'day' }] });
    await gate.checkout.embeddings.embed({ model: 'demo/demo-embedding', texts: ['a'] });
    const { records } = await gate.checkout.usage.listUsageRecords({});
    expect(records).toMatchObject([{ method: 'Embed', model: 'demo/demo-embedding', status: 'OK' }]);
  });
});

describe('SummarizeUsage', () => {
  it('groups by what is asked for, dearest first', async () => {
    await using gate = await aGate();
    await gate.checkout.complete({ ...ask, endUser: 'a' });
    await gate.checkout.complete({ ...ask, endUser: 'b' });
    await gate.search.complete(ask);
    await failureOf(gate.search.complete({ ...ask, model: 'fallen' }));
    const groupBy = async (...dimensions: string[]) => {
      const groupBy = dimensions.map((dimension) => `USAGE_DIMENSION_${dimension}` as never);
      const { summaries } = await gate.operator.usage.summarizeUsage({ groupBy });
      return summaries.map(({ group, callCount, costNanoUsd }) => [...group, callCount, costNanoUsd]);
    };
    expect(await groupBy('KEY')).toEqual([
      ['checkout', 2, 2 * COST],
      ['search', 2, COST],
    ]);
    expect(await groupBy('KEY', 'END_USER')).toEqual([
      ['checkout', 'a', 1, COST],
      ['checkout', 'b', 1, COST],
      ['search', '', 2, COST],
    ]);
    const day = new Date().toISOString().slice(0, 10);
    expect(await groupBy('DAY', 'MODEL')).toEqual([
      [day, 'fast', 3, 3 * COST],
      [day, 'fallen', 1, 0],
    ]);
  });

  it('refuses what makes no sense, by its field', async () => {
    await using gate = await aGate();
    const [early, late] = [new Date(1_000), new Date(2_000)];
    for (const [field, request] of [
      ['end_time', { startTime: late, endTime: early }],
      ['group_by[1]', { groupBy: ['USAGE_DIMENSION_KEY', 'USAGE_DIMENSION_KEY'] as never }],
      ['group_by[0]', { groupBy: ['USAGE_DIMENSION_UNSPECIFIED'] as never }],
    ] as const) {
      const error = await failureOf(gate.checkout.usage.summarizeUsage(request));
      expect(error.fieldViolations).toMatchObject([{ field }]);
    }
    const pages = gate.checkout.usage.listUsageRecords({ pageSize: -1 });
    expect((await failureOf(pages)).fieldViolations).toMatchObject([{ field: 'page_size' }]);
    const token = gate.checkout.usage.listUsageRecords({ pageToken: 'nonsense' });
    expect((await failureOf(token)).fieldViolations).toMatchObject([{ field: 'page_token' }]);
  });

  it('begins with what is kept, where that is less than a month', async () => {
    await using gate = await aGate({}, { usage: { retention: '1d' } });
    await gate.checkout.complete(ask);
    expect((await gate.checkout.usage.summarizeUsage({})).summaries).toMatchObject([{ callCount: 1 }]);
  });

  it('has its records in pages', async () => {
    await using gate = await aGate();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await gate.checkout.complete(ask)).id);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await gate.checkout.usage.listUsageRecords({ pageSize: 2, pageToken });
      seen.push(...page.records.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(ids);
  });
});

describe('a budget', () => {
  it('holds, and says how it stands', async () => {
    const amount = (2 * COST + MOST - 1) / 1e9;
    await using gate = await aGate({ budgets: [{ amount, per: 'day' }] });
    await gate.checkout.complete(ask);
    await gate.checkout.complete(ask);
    const error = await failureOf(gate.checkout.complete(ask));
    expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'BUDGET_EXHAUSTED' });
    expect(error.quotaViolations).toMatchObject([{ subject: 'key:checkout' }]);
    const midnight = new Date().setUTCHours(24, 0, 0, 0);
    expect(error.retryAfterMs).toBeGreaterThan(midnight - Date.now() - 60_000);
    const { budgets } = await gate.operator.usage.getBudget({ key: 'checkout' });
    expect(budgets).toEqual([
      {
        scope: 'key:checkout',
        limitNanoUsd: 2 * COST + MOST - 1,
        spentNanoUsd: 2 * COST,
        reservedNanoUsd: 0,
        resetTime: new Date(midnight),
        period: 'BUDGET_PERIOD_DAY',
      },
    ]);
  });

  it('of the gateway, of end users and of labels holds all keys', async () => {
    const budgets = [
      { amount: 1, per: 'month' },
      { amount: 1, per: 'day', for: 'endUser' },
      { amount: (MOST + COST - 1) / 1e9, per: 'day', for: 'label', label: 'team' },
    ];
    await using gate = await aGate({}, { budgets });
    const request = { ...ask, endUser: '42', labels: { team: 'payments' } };
    await gate.checkout.complete(request);
    const refused = await failureOf(gate.search.complete(request));
    expect(refused.quotaViolations).toMatchObject([{ subject: 'label:team=payments' }]);
    await gate.search.complete({ ...request, labels: { team: 'search' } });
    const told = await gate.checkout.usage.getBudget({ endUser: '42', labels: { team: 'payments' } });
    expect(told.budgets.map(({ scope, spentNanoUsd }) => [scope, spentNanoUsd])).toEqual([
      ['gateway', 2 * COST],
      ['user:42', 2 * COST],
      ['label:team=payments', COST],
    ]);
  });

  it('warns at 80 percent: in a trailer, in the log once, and as a gauge', async () => {
    await using gate = await aGate({ budgets: [{ amount: (1.2 * MOST) / 1e9, per: 'day' }] });
    const { trailers } = await withTrailers(gate.gateway.address);
    expect(trailers.get('sluice-budget-warning')).toEqual(['key:checkout day 83%']);
    const lines = gate.gateway.log.filter((line) => line.includes('budget nearly spent'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', scope: 'key:checkout', per: 'day' },
    ]);
    const metrics = await (await fetch(gate.gateway.metricsUrl)).text();
    expect(metrics).toMatch(/^sluice_budget_limit_nano_usd\{scope="key:checkout",per="day",.*\} 164400/m);
    expect(metrics).toMatch(
      new RegExp(
        `^sluice_usage_cost_nano_usd_total\\{key="checkout",provider="openai",model="fast",.*\\} ${COST}`,
        'm',
      ),
    );
  });

  it('is not held against a model without a price, unless it allows that', async () => {
    await using gate = await aGate(
      { budgets: [{ amount: 1, per: 'day' }] },
      { prices: { gpt: { contextWindow: 1_000 } } },
    );
    const error = await failureOf(gate.checkout.complete(ask));
    expect(error.message).toContain('the price of openai/gpt is not known');
    expect((await gate.search.complete(ask)).cost).toMatchObject({ unpriced: true });
  });
});

describe('a limit', () => {
  it('lets a minute’s worth pass at once, and says when the next may come', async () => {
    await using gate = await aGate({ limits: { requestsPerMinute: 3 } });
    await Promise.all([1, 2, 3].map(() => gate.checkout.complete(ask)));
    const error = await failureOf(gate.checkout.complete(ask));
    expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'CALLER_RATE_LIMITED' });
    expect(error.retryAfterMs).toBeGreaterThan(19_000);
    expect(error.retryAfterMs).toBeLessThan(22_100);
    await gate.search.complete(ask);
  });

  it('on calls in flight is free again when a call has ended, also one that its caller left', async () => {
    await using slow = await startFakeOpenAi(stalls(['Good']));
    await using gate = await aGate(
      { limits: { concurrency: 1 } },
      {
        providers: { openai: { kind: 'openai-compatible', baseUrl: slow.url } },
        models: { fast: { targets: [{ provider: 'openai', model: 'gpt' }] } },
      },
    );
    for await (const event of gate.checkout.stream(ask)) {
      if (event.$case !== 'textDelta') continue;
      expect((await failureOf(gate.checkout.complete(ask))).message).toContain('1 calls may be in flight');
      break;
    }
    // Its leaving takes a moment to be heard of.
    await expect
      .poll(() => gate.checkout.complete({ model: 'demo', prompt: 'hello' }).catch(() => undefined))
      .toBeDefined();
  });
});

describe('the audit log', () => {
  it('has what the records have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-audit-'));
    try {
      const file = join(folder, 'audit.jsonl');
      const gate = await aGate({}, { usage: { audit: { file } } });
      const { id } = await gate.checkout.complete(ask);
      await gate[Symbol.asyncDispose]();
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { id, key: 'checkout', cost: { nanoUsd: COST } },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Asks as any gRPC client would, to see the trailers. */
async function withTrailers(address: string): Promise<{ trailers: Metadata; code: number }> {
  const client = new CompletionServiceClient(address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer key-of-checkout');
  try {
    return await new Promise((resolve, reject) => {
      const call = client.complete(
        CompleteRequest.fromPartial(ask),
        metadata,
        (error) => error && reject(error),
      );
      call.on('status', ({ metadata: trailers, code }) => resolve({ trailers, code: code ?? codes.UNKNOWN }));
    });
  } finally {
    client.close();
  }
}
