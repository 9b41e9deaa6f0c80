import type { ProviderConfig, ProviderKind } from '../../src/config/config.ts';
import { defaultBreaker } from '../../src/config/defaults.ts';

/** A provider as configured for tests. */
export function providerConfig(kind: ProviderKind, baseUrl: string): ProviderConfig {
  return {
    name: kind,
    kind,
    apiKey: 'a-key-for-tests',
    baseUrl,
    api: 'chat',
    prefill: undefined,
    apiVersion: undefined,
    region: undefined,
    credentials: undefined,
    execution: {},
    breaker: defaultBreaker,
    limits: undefined,
    concurrency: undefined,
  };
}
