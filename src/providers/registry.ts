import { byModel } from '../completion/by-model.ts';
import type { Provider } from '../completion/ports/provider.ts';
import type { ProviderKind } from '../config/config.ts';
import type { ProviderDependencies } from './shared/dependencies.ts';

type Factory = (dependencies: ProviderDependencies) => Provider;

/**
 * Every kind of provider, by its name in the configuration: a new vendor is a folder and a line here. Loaded when one
 * is configured, since some vendors' SDKs take longer to load than the rest of the gateway.
 */
const factories: Record<ProviderKind, () => Promise<Factory>> = {
  demo: async () => (await import('./demo/provider.ts')).createDemoProvider,
  openai: async () => (await import('./openai/provider.ts')).createOpenAiProvider,
  anthropic: async () => (await import('./anthropic/provider.ts')).createAnthropicProvider,
  google: async () => (await import('./google/provider.ts')).createGoogleProvider,
  'azure-openai': async () => (await import('./azure-openai/provider.ts')).createAzureOpenAiProvider,
  cohere: async () => (await import('./cohere/provider.ts')).createCohereProvider,
  bedrock: async () => (await import('./bedrock/provider.ts')).createBedrockProvider,
  huggingface: async () => (await import('./huggingface/provider.ts')).createHuggingFaceProvider,
  'openai-compatible': async () =>
    (await import('./openai-compatible/provider.ts')).createOpenAiCompatibleProvider,
};

export async function createProvider(dependencies: ProviderDependencies): Promise<Provider> {
  const create = await factories[dependencies.config.kind]();
  const provider = create(dependencies);
  return { ...provider, capabilities: byModel(provider.capabilities) };
}
