import { z } from 'zod';
import { parseDollars } from './dollars.ts';
import { field, mapping, wholeNumber } from './fields.ts';

const dollars = field(parseDollars);
const tokens = wholeNumber(1, 2 ** 31 - 1);

const price = mapping({
  contextWindow: tokens.exactOptional(),
  maxOutputTokens: tokens.exactOptional(),
  inputPrice: dollars.exactOptional(),
  outputPrice: dollars.exactOptional(),
  cacheReadPrice: dollars.exactOptional(),
  cacheWritePrice: dollars.exactOptional(),
}).superRefine(
  (said, context) => {
    const prices = ['outputPrice', 'cacheReadPrice', 'cacheWritePrice'].filter((key) => key in said);
    if (prices.length === 0 || 'inputPrice' in said) return;
    const message = `${prices.join(', ')} alone would be half a price; give inputPrice too.`;
    context.addIssue({ code: 'custom', path: ['inputPrice'], message });
  },
  // As under a provider: other faults do not hide this one.
  { when: ({ value }) => typeof value === 'object' && value !== null },
);

/** Names of models are the vendors' own and may hold anything, so nothing is checked of them. */
export const prices = z.record(
  z.string().min(1, 'name a model, or provider/model.'),
  price,
  'expected a mapping of models to their sizes and prices.',
);
