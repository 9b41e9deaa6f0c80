import type { Booked } from './count.ts';
import { BUDGETS } from './world.ts';

// What the count comes to: by group, by budget, by series.

/** What SummarizeUsage tells of a group. */
export interface Sum {
  callCount: number;
  failedCallCount: number;
  cachedCallCount: number;
  inputTokens: number;
  outputTokens: number;
  costNanoUsd: number;
  savedNanoUsd: number;
}

/** A share of a call: its own, or what a provider bills for it. */
export interface Share extends Sum {
  key: string;
  provider: string;
  model: string;
  endUser: string;
}

const nothing: Sum = {
  callCount: 0,
  failedCallCount: 0,
  cachedCallCount: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
  savedNanoUsd: 0,
};

/** The call is its answerer's; tokens and money are whose they are. */
export function sharesOf({
  plan,
  outcomes,
  provider,
  billed,
  nanoUsd,
  savedNanoUsd,
  cacheStatus,
}: Booked): Share[] {
  const { key, model, endUser } = plan;
  const whose = { key, model, endUser };
  const own = {
    ...nothing,
    ...whose,
    provider,
    callCount: 1,
    failedCallCount: outcomes[0]?.[0] === 'OK' ? 0 : 1,
    cachedCallCount: cacheStatus === 'HIT' ? 1 : 0,
    // Nobody bills what is lost.
    costNanoUsd: billed.length > 0 ? 0 : nanoUsd,
    savedNanoUsd,
  };
  const ofProviders = billed.map((bill) => ({
    ...nothing,
    ...whose,
    provider: bill.provider,
    inputTokens: bill.input,
    outputTokens: bill.output,
    costNanoUsd: bill.nanoUsd,
  }));
  return [own, ...ofProviders];
}

/** Sums by group, as JSON. */
export function sumBy(shares: Iterable<Share>, groupOf: (share: Share) => string[]): Record<string, Sum> {
  const sums: Record<string, Sum> = {};
  for (const share of shares) {
    const group = JSON.stringify(groupOf(share));
    const sum = sums[group] ?? { ...nothing };
    sums[group] = sum;
    for (const name of Object.keys(nothing) as (keyof Sum)[]) sum[name] += share[name];
  }
  return sums;
}

/** What is spent of every budget, by scope and period. */
export function spentByBudget(booked: Iterable<Booked>): Record<string, number> {
  const spent: Record<string, number> = {};
  for (const { plan, nanoUsd, isLost } of booked) {
    const { key, endUser, team } = plan;
    for (const holder of ['gateway', key]) {
      const within = holder === 'gateway' ? [] : [`key:${key}`];
      for (const { for: kind, per, onLostCall } of BUDGETS[holder] ?? []) {
        if (isLost && onLostCall === 'release') continue;
        const own = { all: [], endUser: [`user:${endUser}`], label: [`label:team=${team}`] }[kind];
        const scope = [...within, ...own].join('/') || 'gateway';
        spent[`${scope} ${per}`] = (spent[`${scope} ${per}`] ?? 0) + nanoUsd;
      }
    }
  }
  return spent;
}

/** Series of the usage metrics, as a scrape shows them. Names that callers make up are no labels. */
export function seriesOf(
  booked: Iterable<Booked>,
  statusOf: (booked: Booked) => string,
): Record<string, number> {
  const series: Record<string, number> = {};
  const add = (metric: string, labels: Record<string, string>, value: number) => {
    const text = Object.entries(labels)
      // Prometheus takes an empty label for none.
      .map(([name, text]) => `${name}="${text}"`)
      .sort()
      .join(',');
    const name = `sluice_usage_${metric}_total{${text}}`;
    if (value !== 0) series[name] = (series[name] ?? 0) + value;
  };
  for (const one of booked) {
    const { key, model: asked } = one.plan;
    const model = asked.startsWith('nowhere') ? '_OTHER' : asked;
    add('calls', { key, model, status: statusOf(one) }, 1);
    add('saved_nano_usd', { key, model, status: statusOf(one) }, one.savedNanoUsd);
    for (const { provider, input, output, nanoUsd } of one.billed) {
      add('input_tokens', { key, provider, model }, input);
      add('output_tokens', { key, provider, model }, output);
      add('cost_nano_usd', { key, provider, model }, nanoUsd);
    }
  }
  return series;
}
