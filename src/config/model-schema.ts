import { z } from 'zod';
import { targetExecution } from './execution-schema.ts';
import { field, mapping, oneOf, text } from './fields.ts';

export const aliasName = z
  .string()
  .regex(/^\w[\w.:/-]*$/, 'use letters, digits, ".", "_", "-", ":" and "/".');

/** A model's targets must be among the file's providers. */
export function createModelSchema(providers: readonly string[]) {
  const target = mapping(
    {
      provider: field<string>((input) => {
        const value = providers.find((name) => name === input);
        return value === undefined
          ? { remedy: `there is no such provider; there are ${providers.join(', ')}.` }
          : { value };
      }),
      model: text("expected the provider's name of the model."),
      execution: targetExecution.exactOptional(),
    },
    ['weight'],
  );
  return mapping({
    strategy: oneOf(['priority'], ['weighted', 'fastest', 'cheapest']).exactOptional(),
    targets: z.array(target, 'expected a list of targets.').min(1, 'expected at least one target.'),
  });
}
