import { mapping, wholeNumber } from './fields.ts';

const perMinute = wholeNumber(1, 1_000_000_000);

/** How much a caller may do. */
export const limits = mapping({
  requestsPerMinute: perMinute.exactOptional(),
  tokensPerMinute: perMinute.exactOptional(),
  concurrency: wholeNumber(1, 1_000_000).exactOptional(),
});

/** How much a provider is asked to do; its calls in flight have a line of their own, see `concurrency`. */
export const providerLimits = mapping({
  requestsPerMinute: perMinute.exactOptional(),
  tokensPerMinute: perMinute.exactOptional(),
});
