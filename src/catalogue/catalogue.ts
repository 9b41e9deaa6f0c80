import { byModel } from '../completion/by-model.ts';
import type { ModelCatalogue, ModelFacts } from '../completion/ports/catalogue.ts';
import type { Now } from '../completion/ports/now.ts';
import type { Config, PriceConfig, ProviderConfig } from '../config/config.ts';
import { type KnownModel, knownModel, ownPrices } from './known-models.ts';
import { type ListedModel, loadPriceList, type PriceList } from './price-list.ts';
import { flatPrice, free, type Prices, priceAtMost, priceUsage } from './prices.ts';
import { type VendorModel, vendorOf } from './vendor.ts';

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
  const lookUps = new Map(
    providers.map((provider) => [provider.name, lookUpOf({ provider, list, configured })]),
  );

  return { find: ({ provider, model }) => lookUps.get(provider)?.(model) };
}

const emptyList: PriceList = { vendorAt: () => undefined, find: () => undefined };

/** How a provider's models are looked up: several times for each call, so that what is found is made once. */
function lookUpOf({
  provider,
  list,
  configured,
}: {
  provider: ProviderConfig;
  list: PriceList;
  configured: ReadonlyMap<string, SaidModel>;
}): (model: string) => ModelFacts | undefined {
  const isDemo = provider.kind === 'demo';
  const vendorModel = isDemo ? () => undefined : vendorOf(provider, list);
  const recognize = byModel((name): Recognized => {
    const said = configured.get(`${provider.name}/${name}`) ?? configured.get(name);
    const named = vendorModel(name);
    const known = isDemo ? demoModel : named && knownModel(named.model);
    return { said, named, known, listed: undefined, facts: factsOf(said, known) };
  });

  return (name) => {
    const model = recognize(name);
    const { said, named, known } = model;
    const listed = named && list.find(named.vendor, named.model);
    // What the list says may change with the time of day.
    if (listed !== model.listed) {
      model.listed = listed;
      model.facts = factsOf(said, listed || known ? { ...listed, ...known } : undefined);
    }
    return model.facts;
  };
}

interface Recognized {
  said: SaidModel | undefined;
  named: VendorModel | undefined;
  known: KnownModel | undefined;
  /** What the list said when it was last asked, and what is known since. */
  listed: ListedModel | undefined;
  facts: ModelFacts | undefined;
}

const demoModel: KnownModel = { prices: free, priceVersion: ownPrices };

/** What the configuration says of a model. */
type SaidModel = PriceConfig & { prices: Prices | undefined };

function factsOf(said: SaidModel | undefined, known: KnownModel | undefined): ModelFacts | undefined {
  if (!said && !known) return undefined;
  const prices = said?.prices ?? known?.prices;
  return {
    contextWindow: said?.contextWindow ?? known?.contextWindow ?? 0,
    maxOutputTokens: said?.maxOutputTokens ?? known?.maxOutputTokens ?? 0,
    inputPrice: prices?.input.base,
    outputPrice: prices?.output?.base,
    price: (usage) => priceUsage(prices, usage),
    priceAtMost: (tokens) => priceAtMost(prices, tokens),
    priceVersion: said?.prices ? 'configuration' : (known?.priceVersion ?? ''),
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
