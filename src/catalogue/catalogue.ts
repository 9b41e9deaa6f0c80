import { byModel } from '../completion/by-model.ts';
import type { ModelCatalogue } from '../completion/ports/catalogue.ts';
import type { Now } from '../completion/ports/now.ts';
import type { Config, PriceConfig, ProviderConfig } from '../config/config.ts';
import { type KnownModel, knownModel, ownPrices } from './known-models.ts';
import { loadPriceList, type PriceList } from './price-list.ts';
import { flatPrice, free, type Prices, priceAtMost, priceUsage } from './prices.ts';
import { vendorOf } from './vendor.ts';

/**
 * Creates the catalogue of what is known of models: what the configuration says, over what we know ourselves, over the
 * published list of prices.
 */
export async function createCatalogue({
  config: { providers, prices },
  now,
}: {
  config: Pick<Config, 'providers' | 'prices'>;
  now: Now;
}): Promise<ModelCatalogue> {
  const onlyDemo = providers.every(({ kind }) => kind === 'demo');
  const list = onlyDemo ? emptyList : await loadPriceList({ now });
  const configured = new Map(
    [...prices].map(([name, said]) => [name, { ...said, prices: pricesSaid(said) }]),
  );
  const published = new Map(providers.map((provider) => [provider.name, publishedBy(provider, list)]));

  return {
    find({ provider, model }) {
      const said = configured.get(`${provider}/${model}`) ?? configured.get(model);
      const known = published.get(provider)?.(model);
      if (!said && !known) return undefined;
      const modelPrices = said?.prices ?? known?.prices;
      return {
        contextWindow: said?.contextWindow ?? known?.contextWindow ?? 0,
        maxOutputTokens: said?.maxOutputTokens ?? known?.maxOutputTokens ?? 0,
        inputPrice: modelPrices?.input.base,
        outputPrice: modelPrices?.output?.base,
        price: (usage) => priceUsage(modelPrices, usage),
        priceAtMost: (tokens) => priceAtMost(modelPrices, tokens),
        priceVersion: said?.prices ? 'configuration' : (known?.priceVersion ?? ''),
      };
    },
  };
}

const emptyList: PriceList = { vendorAt: () => undefined, find: () => undefined };

function publishedBy(provider: ProviderConfig, list: PriceList): (model: string) => KnownModel | undefined {
  if (provider.kind === 'demo') return () => ({ prices: free, priceVersion: ownPrices });
  const vendorModel = vendorOf(provider, list);
  const recognize = byModel((name) => {
    const named = vendorModel(name);
    return { named, known: named && knownModel(named.model) };
  });
  return (name) => {
    const { named, known } = recognize(name);
    // Not remembered here: what the list says may change with the time of day, and it remembers for itself.
    const listed = named && list.find(named.vendor, named.model);
    return listed || known ? { ...listed, ...known } : undefined;
  };
}

function pricesSaid({ inputPrice, outputPrice, ...said }: PriceConfig): Prices | undefined {
  if (inputPrice === undefined) return undefined;
  const { cacheReadPrice = inputPrice, cacheWritePrice = inputPrice } = said;
  return {
    input: flatPrice(inputPrice),
    output: outputPrice === undefined ? undefined : flatPrice(outputPrice),
    cacheRead: flatPrice(cacheReadPrice),
    cacheWrite: flatPrice(cacheWritePrice),
  };
}
