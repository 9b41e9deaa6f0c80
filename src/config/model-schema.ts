import { z } from 'zod';
import { content } from './content-schema.ts';
import { execution } from './execution-schema.ts';
import { field, mapping, oneOf, text, wholeNumber } from './fields.ts';

export const aliasName = z
  .string()
  .regex(/^\w[\w.:/-]*$/, 'use letters, digits, ".", "_", "-", ":" and "/".');

/** A model's targets must be among the file's providers. */
export function createModelSchema(providers: readonly string[]) {
  const target = mapping({
    provider: field<string>((input) => {
      const value = providers.find((name) => name === input);
      return value === undefined
        ? { remedy: `there is no such provider; there are ${providers.join(', ')}.` }
        : { value };
    }),
    model: text("expected the provider's name of the model."),
    weight: wholeNumber(1, 1_000).exactOptional(),
    execution: execution.exactOptional(),
  });
  return mapping({
    strategy: oneOf(strategies).exactOptional(),
    affinity: oneOf(['none', 'endUser']).exactOptional(),
    targets: z.array(target, 'expected a list of targets.').min(1, 'expected at least one target.'),
    content: content.exactOptional(),
  }).superRefine(checkStrategy, {
    // Faults inside the model do not hide these.
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
}

const strategies = ['priority', 'weighted', 'fastest', 'cheapest'] as const;

interface Said {
  strategy?: (typeof strategies)[number];
  affinity?: string;
  targets: readonly object[];
}

/** What has no effect with a strategy is refused: whoever wrote it expects something of it. */
function checkStrategy(
  { strategy = 'priority', affinity, targets }: Said,
  context: z.core.$RefinementCtx,
): void {
  if (!strategies.includes(strategy)) return;
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if (affinity === 'endUser' && strategy !== 'weighted' && strategy !== 'fastest') {
    refuse(
      ['affinity'],
      `with the strategy ${strategy} all calls go to one target anyway; use weighted or fastest, or remove it.`,
    );
  }
  if (strategy === 'weighted' || !Array.isArray(targets)) return;
  for (const [index, target] of targets.entries()) {
    if ('weight' in Object(target))
      refuse(
        ['targets', index, 'weight'],
        `the strategy ${strategy} has no weights; use weighted, or remove it.`,
      );
  }
}
