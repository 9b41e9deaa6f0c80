import { z } from 'zod';
import { parseAmount } from './dollars.ts';
import { besideOtherFaults, field, mapping, oneOf, text } from './fields.ts';

const budget = mapping({
  amount: field(parseAmount),
  per: oneOf(['day', 'month']),
  for: oneOf(['all', 'endUser', 'label']).exactOptional(),
  label: text('expected the name of a label, such as "team".', /^\S+$/).exactOptional(),
  onStoreFailure: oneOf(['allow', 'deny']).exactOptional(),
  onLostCall: oneOf(['charge', 'release']).exactOptional(),
  unpriced: oneOf(['allow', 'deny']).exactOptional(),
}).superRefine(checkLabel, besideOtherFaults);

/** At the top and under a key. */
export const budgets = z
  .array(budget, 'expected a list of budgets.')
  .superRefine(checkScopes, besideOtherFaults);

/** As far as the checks below look; whatever else is there where it is faulty by itself. */
interface Said {
  for?: unknown;
  label?: unknown;
  per?: unknown;
}

function checkLabel(said: Said, context: z.core.$RefinementCtx): void {
  const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['label'], message });
  if (said.for === 'label' && !('label' in said))
    refuse('a budget for a label needs its name, such as "team".');
  if (said.for !== 'label' && 'label' in said)
    refuse('it goes with `for: label`; say that too, or remove it.');
}

/** Of two budgets for the same calls and as long, only the smaller one could ever be felt. */
function checkScopes(budgets: readonly Said[], context: z.core.$RefinementCtx): void {
  if (!Array.isArray(budgets)) return;
  const places = new Map<string, number>();
  for (const [index, said] of budgets.entries()) {
    const { for: scope = 'all', label, per } = Object(said) as Said;
    if (typeof per !== 'string') continue;
    const held = JSON.stringify([scope, label, per]);
    const earlier = places.get(held);
    if (earlier === undefined) places.set(held, index);
    else {
      const message = `budgets[${earlier}] is for the same and as long; keep one of them.`;
      context.addIssue({ code: 'custom', path: [index, 'per'], message });
    }
  }
}
