import type { ProviderConfig, ProviderKind } from '../config/config.ts';
import type { PriceList } from './price-list.ts';

/** A model as the price list knows it. */
export interface VendorModel {
  vendor: string;
  model: string;
}

/**
 * Says whose model a provider's model is. An address that the list knows tells it best, since a kind may be spoken by
 * others too; undefined where nobody can know, as for a server of one's own.
 */
export function vendorOf(
  { kind, baseUrl }: Pick<ProviderConfig, 'kind' | 'baseUrl'>,
  list: PriceList,
): (model: string) => VendorModel | undefined {
  const vendor = (baseUrl === undefined ? undefined : list.vendorAt(baseUrl)) ?? vendors[kind];
  if (vendor !== undefined) return (model) => ({ vendor, model: model.replace(/^models\//, '') });
  return kind === 'huggingface' ? throughRouter : () => undefined;
}

const vendors: Partial<Record<ProviderKind, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  // Deployments are often called as their model; others are unpriced until the configuration says.
  'azure-openai': 'azure',
  cohere: 'cohere',
  bedrock: 'aws',
};

/** Hugging Face passes a request on: to whom, and so for how much, is known where the model's name says it. */
function throughRouter(name: string): VendorModel | undefined {
  const [, model, inner] = /^(.+):([\w-]+)$/.exec(name) ?? [];
  return model === undefined ? undefined : { vendor: `huggingface_${inner}`, model };
}
