import type { Meter } from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';
import type { BudgetSeen } from '../completion/ledger.ts';
import type { Attempt } from '../gen/sluice/v1/execution.ts';
import type { Usage } from '../gen/sluice/v1/usage.ts';
import type { UsageRecord } from '../gen/sluice/v1/usage_service.ts';
import type { KnownModels } from './known-models.ts';
import { Sluice } from './names.ts';
import { createIntern, createTally } from './tally.ts';

/** Counts what usage records hold, and shows how budgets stand. */
export interface UsageMetrics {
  booked(record: UsageRecord): void;
  budgetSeen(budget: BudgetSeen): void;
  unreachable(): void;
}

/** Budgets may be as many as end users are; of these the ones that were used last are shown. */
const SHOWN_BUDGETS = 1_000;

export function createUsageMetrics(meter: Meter, knownModels: KnownModels): UsageMetrics {
  const tally = (name: string, description: string, unit?: string) =>
    createTally(meter.createObservableCounter(name, { description, ...(unit && { unit }) }));
  const calls = tally(Sluice.USAGE_CALLS, 'Calls, by key and the status that the caller saw.');
  const inputTokens = tally(Sluice.USAGE_INPUT_TOKENS, 'Input tokens that providers bill.', '{token}');
  const outputTokens = tally(Sluice.USAGE_OUTPUT_TOKENS, 'Output tokens that providers bill.', '{token}');
  const cost = tally(Sluice.USAGE_COST, 'What calls cost, in billionths of a US dollar.');
  const saved = tally(Sluice.USAGE_SAVED, 'What cached answers saved, in billionths of a US dollar.');
  const unheld = tally(Sluice.CALLS_UNHELD, 'Calls that ran although the accounts could not be asked.');
  const describeCall = createIntern((key: string, model: string, status: string) => ({ key, model, status }));
  const describeTarget = createIntern((key: string, provider: string, model: string) => ({
    key,
    provider,
    model,
  }));
  const budgets = new LRUCache<string, BudgetSeen>({ max: SHOWN_BUDGETS });
  showBudgets(meter, budgets);

  return {
    booked({ key, model, status, provider, usage, cost: total, billedAttempts, savedNanoUsd }) {
      const label = knownModels.label(model);
      const call = describeCall(key, label, status);
      calls.add(1, call);
      if (savedNanoUsd > 0) saved.add(savedNanoUsd, call);
      const rest = { inputTokens: usage?.inputTokens ?? 0, outputTokens: usage?.outputTokens ?? 0 };
      let restCost = total?.nanoUsd ?? 0;
      for (const attempt of billedAttempts) {
        addTo(key, attempt.provider, label, attempt);
        rest.inputTokens -= attempt.usage?.inputTokens ?? 0;
        rest.outputTokens -= attempt.usage?.outputTokens ?? 0;
        restCost -= attempt.cost?.nanoUsd ?? 0;
      }
      if (provider !== '') addTo(key, provider, label, { usage: rest, cost: { nanoUsd: restCost } });
    },
    unreachable() {
      unheld.add(1, nothing);
    },
    budgetSeen(budget) {
      budgets.set(`${budget.scope}\n${budget.per}`, budget);
    },
  };

  function addTo(
    key: string,
    provider: string,
    model: string,
    spent: { usage?: Pick<Usage, 'inputTokens' | 'outputTokens'>; cost?: { nanoUsd: number } } | Attempt,
  ): void {
    const attributes = describeTarget(key, provider, model);
    inputTokens.add(spent.usage?.inputTokens ?? 0, attributes);
    outputTokens.add(spent.usage?.outputTokens ?? 0, attributes);
    cost.add(spent.cost?.nanoUsd ?? 0, attributes);
  }
}

const nothing = Object.freeze({});

function showBudgets(meter: Meter, budgets: LRUCache<string, BudgetSeen>): void {
  const gauge = (name: string, description: string) => meter.createObservableGauge(name, { description });
  const limit = gauge(Sluice.BUDGET_LIMIT, 'Limit of a budget, in billionths of a US dollar.');
  const spent = gauge(Sluice.BUDGET_SPENT, 'Spent of a budget in its period, when this process last asked.');
  const reserved = gauge(Sluice.BUDGET_RESERVED, 'Reserved by calls that were running then.');
  meter.addBatchObservableCallback(
    (result) => {
      for (const { scope, per, limitNanoUsd, spentNanoUsd, reservedNanoUsd } of budgets.values()) {
        const attributes = { scope, per };
        result.observe(limit, limitNanoUsd, attributes);
        result.observe(spent, spentNanoUsd, attributes);
        result.observe(reserved, reservedNanoUsd, attributes);
      }
    },
    [limit, spent, reserved],
  );
}
