import type { Now } from '../../completion/ports.ts';
import type { ProviderConfig } from '../../config/config.ts';

/** What every vendor's factory is given. */
export interface ProviderDependencies {
  config: ProviderConfig;
  /** Limit on opening a connection to the provider. */
  connectTimeoutMs: number;
  now: Now;
}
