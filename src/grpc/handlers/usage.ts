import { GatewayError, invalidRequest } from '../../completion/error.ts';
import type { BudgetStatus, Ledger } from '../../completion/ledger.ts';
import type { Caller } from '../../completion/ports/call.ts';
import type { Now } from '../../completion/ports/now.ts';
import type { BudgetConfig, KeyConfig } from '../../config/config.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import {
  type Budget,
  type GetBudgetRequest,
  type GetBudgetResponse,
  type ListUsageRecordsRequest,
  type ListUsageRecordsResponse,
  type SummarizeUsageRequest,
  type SummarizeUsageResponse,
  UsageDimension,
  UsageServiceService,
} from '../../gen/sluice/v1/usage_service.ts';
import { budgetsOn, type HeldBudget, type Payer } from '../../policy/accounts/claims.ts';
import { bindService, type Service } from '../bind-service.ts';
import type { Current } from '../current.ts';
import { pageSizeOf } from '../page-size.ts';
import type { CallContext } from '../rpc.ts';

/** Serves UsageService. Everybody sees what is its own, administrators everything. */
export function usageService({
  current,
  ledger,
  retentionMs,
  now,
}: {
  current: Current<{
    keys: readonly KeyConfig[];
    /** Budgets that hold whichever key is used. */
    budgets: readonly BudgetConfig[];
  }>;
  ledger: Ledger;
  /** For how long usage is kept. */
  retentionMs: number;
  now: Now;
}): Service {
  return bindService(UsageServiceService, {
    async summarizeUsage(
      request: SummarizeUsageRequest,
      { caller }: CallContext,
    ): Promise<SummarizeUsageResponse> {
      const key = keyAsked(request.key, caller);
      const { groupBy } = request;
      checkDimensions(groupBy);
      const span = spanOf(request, beginningOfMonth());
      return { summaries: await asked(ledger.summarize({ ...span, key, groupBy })) };
    },
    async listUsageRecords(
      request: ListUsageRecordsRequest,
      { caller }: CallContext,
    ): Promise<ListUsageRecordsResponse> {
      const key = keyAsked(request.key, caller);
      const pageSize = pageSizeOf(request.pageSize);
      const { pageToken } = request;
      return await asked(ledger.list({ ...spanOf(request, 0), key, pageSize, pageToken }));
    },
    async getBudget(request: GetBudgetRequest, { caller }: CallContext): Promise<GetBudgetResponse> {
      using engine = current();
      const payer = { ...request, caller: payerAsked(request.key, caller, engine.keys) };
      const budgets = budgetsOn(payer, engine.budgets).filter(({ config }) => isNamed(config, request));
      const statuses = await asked(ledger.budgets(budgets));
      return { budgets: budgets.flatMap((budget, index) => toBudget(budget, statuses[index])) };
    },
  });

  /** The key whose calls may be told of; undefined: everybody's. */
  function keyAsked(key: string, caller: Caller): string | undefined {
    if (caller.admin) return key === '' ? undefined : key;
    if (key === '' || key === caller.name) return caller.name;
    throw notYours(key);
  }

  function payerAsked(key: string, caller: Caller, keys: readonly KeyConfig[]): Payer['caller'] {
    if (key === '' || key === caller.name) return caller;
    if (!caller.admin) throw notYours(key);
    const known = keys.find(({ name }) => name === key);
    if (known) return known;
    throw invalidRequest('key', 'is no key of the configuration');
  }

  /** Or of what is kept, where that is less. */
  function beginningOfMonth(): number {
    const date = new Date(now());
    const beginning = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    return beginning < now() - retentionMs ? 0 : beginning;
  }

  function spanOf(
    { startTime, endTime }: { startTime?: Date | undefined; endTime?: Date | undefined },
    begin: number,
  ): { from: number; to: number } {
    const from = startTime?.getTime() ?? begin;
    const to = endTime?.getTime() ?? Number.POSITIVE_INFINITY;
    if (from > to) throw invalidRequest('end_time', 'is before start_time');
    return { from, to };
  }
}

function toBudget({ scope, period, limitNanoUsd }: HeldBudget, status: BudgetStatus | undefined): Budget[] {
  if (!status) return [];
  const { spentNanoUsd, reservedNanoUsd, resetAt } = status;
  return [{ scope, limitNanoUsd, spentNanoUsd, reservedNanoUsd, resetTime: new Date(resetAt), period }];
}

/** Budgets of end users and of labels are told of where the request names one. */
function isNamed(config: BudgetConfig, { endUser, labels }: Pick<Payer, 'endUser' | 'labels'>): boolean {
  if (config.for === 'endUser') return endUser !== '';
  return config.for !== 'label' || (config.label ?? '') in labels;
}

function checkDimensions(groupBy: readonly UsageDimension[]): void {
  groupBy.forEach((dimension, index) => {
    if (dimension === UsageDimension.UNSPECIFIED || dimension === UsageDimension.UNRECOGNIZED)
      throw invalidRequest(`group_by[${index}]`, 'is not a dimension that this version knows');
    if (groupBy.indexOf(dimension) !== index)
      throw invalidRequest(`group_by[${index}]`, 'stands there twice');
  });
}

/** @throws GatewayError STORE_UNAVAILABLE where the ledger does not answer. */
async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError(
      ErrorReason.STORE_UNAVAILABLE,
      'The accounts cannot be asked: Redis does not answer. Ask again once it does.',
      { cause },
    );
  }
}

function notYours(key: string): GatewayError {
  return new GatewayError(
    ErrorReason.MODEL_NOT_ALLOWED,
    `key: "${key.slice(0, 100)}" is not the caller's own, and only an administrator's key sees others.`,
    { metadata: { field: 'key' } },
  );
}
