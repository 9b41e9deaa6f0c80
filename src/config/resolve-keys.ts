import type { z } from 'zod';
import type { budgets } from './budget-schema.ts';
import type { BudgetConfig, KeyConfig } from './config.ts';
import { resolveContent } from './content-schema.ts';
import type { keys } from './key-schema.ts';

type KeyKeys = z.output<typeof keys>[number];
type BudgetKeys = z.output<typeof budgets>[number];

/** Makes a checked key complete. */
export function resolveKey({
  name,
  sha256 = [],
  certificates = [],
  models = ['*'],
  methods,
  admin = false,
  limits = {},
  endUserLimits = {},
  budgets = [],
  content,
}: KeyKeys): KeyConfig {
  return {
    name,
    digests: sha256,
    certificates,
    models,
    methods,
    admin,
    limits,
    endUserLimits,
    budgets: budgets.map(resolveBudget),
    content: resolveContent(content),
  };
}

/** Makes a checked budget complete: what is not said is what spends no more. */
export function resolveBudget(said: BudgetKeys): BudgetConfig {
  const { amount, per, label, onStoreFailure = 'deny', onLostCall = 'charge', unpriced = 'deny' } = said;
  return {
    for: said.for ?? 'all',
    label,
    amountNanoUsd: amount,
    per,
    onStoreFailure,
    onLostCall,
    unpriced,
  };
}
