import type { Provider } from '../completion/ports.ts';
import type { ProviderKind } from '../config/config.ts';
import { createAnthropicProvider } from './anthropic/provider.ts';
import { createDemoProvider } from './demo/provider.ts';
import { createGoogleProvider } from './google/provider.ts';
import { createOpenAiProvider } from './openai/provider.ts';
import type { ProviderDependencies } from './shared/dependencies.ts';

/** Every kind of provider, by its name in the configuration: a new vendor is a folder and a line here. */
const factories: Record<ProviderKind, (dependencies: ProviderDependencies) => Provider> = {
  demo: createDemoProvider,
  openai: createOpenAiProvider,
  anthropic: createAnthropicProvider,
  google: createGoogleProvider,
};

export function createProvider(dependencies: ProviderDependencies): Provider {
  return factories[dependencies.config.kind](dependencies);
}
