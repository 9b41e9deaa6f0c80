import { duration, mapping, oneOf, refused, wholeNumber } from './fields.ts';

export const execution = mapping({
  connectTimeout: duration.exactOptional(),
  firstContentTimeout: duration.exactOptional(),
  idleTimeout: duration.exactOptional(),
  responseTimeout: duration.exactOptional(),
  totalTimeout: duration.exactOptional(),
  wholeAnswerTokens: wholeNumber(0, 1_000_000).exactOptional(),
  defaultMaxOutputTokens: wholeNumber(1, 1_000_000).exactOptional(),
  maxAttempts: wholeNumber(1, 100).exactOptional(),
  midStream: oneOf(['fail'], ['restart', 'continue']).exactOptional(),
  unsupportedParameters: oneOf(['drop', 'reject']).exactOptional(),
});

const { connectTimeout: _, ...perTarget } = execution.shape;

/** What may be said for one target: all but what its provider's targets share. */
export const targetExecution = mapping({
  ...perTarget,
  connectTimeout: refused('connections are shared by all targets of a provider; say it under the provider.'),
});

export const breaker = mapping({
  errorThresholdPercentage: wholeNumber(1, 100).exactOptional(),
  volumeThreshold: wholeNumber(1, 1_000_000).exactOptional(),
  rollingCountTimeout: duration.exactOptional(),
  resetTimeout: duration.exactOptional(),
});
