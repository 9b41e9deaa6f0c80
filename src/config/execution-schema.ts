import { duration, durationOrZero, mapping, oneOf, wholeNumber } from './fields.ts';

export const execution = mapping({
  connectTimeout: duration.exactOptional(),
  firstContentTimeout: duration.exactOptional(),
  idleTimeout: duration.exactOptional(),
  responseTimeout: duration.exactOptional(),
  totalTimeout: duration.exactOptional(),
  wholeAnswerTokens: wholeNumber(0, 1_000_000).exactOptional(),
  defaultMaxOutputTokens: wholeNumber(1, 1_000_000).exactOptional(),
  maxAttempts: wholeNumber(1, 100).exactOptional(),
  maxRetryDelay: durationOrZero.exactOptional(),
  midStream: oneOf(['fail', 'restart', 'continue']).exactOptional(),
  unsupportedParameters: oneOf(['drop', 'reject']).exactOptional(),
});

export const breaker = mapping({
  errorThresholdPercentage: wholeNumber(1, 100).exactOptional(),
  volumeThreshold: wholeNumber(1, 1_000_000).exactOptional(),
  rollingCountTimeout: duration.exactOptional(),
  resetTimeout: duration.exactOptional(),
  maxResetTimeout: duration.exactOptional(),
});

export const retryBudget = mapping({
  percentage: wholeNumber(0, 1_000).exactOptional(),
  minPerSecond: wholeNumber(0, 1_000_000).exactOptional(),
});

/** The limit on calls in flight, and the line before it; under `server` and under a provider. */
export const concurrency = {
  maxConcurrency: wholeNumber(1, 1_000_000).exactOptional(),
  maxQueueLength: wholeNumber(0, 1_000_000).exactOptional(),
  queueTimeout: durationOrZero.exactOptional(),
};
