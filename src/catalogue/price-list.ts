import { readFileSync } from 'node:fs';
import type { ModelPrice, PriceCalculation, TieredPrices } from '@pydantic/genai-prices';
import { LRUCache } from 'lru-cache';
import type { Now } from '../completion/ports/now.ts';
import { flatPrice, type Price, type Prices } from './prices.ts';

/** Vendors' published prices, as the package that was installed has them: nothing is fetched. */
export interface PriceList {
  /** The vendor, by its name in the list, that is found at an address. */
  vendorAt(baseUrl: string): string | undefined;
  find(vendor: string, model: string): ListedModel | undefined;
}

/** A model in the list. */
export interface ListedModel {
  contextWindow?: number;
  prices?: Prices;
  /** Name and version of the list. */
  priceVersion?: string;
}

/** Callers name models freely, so what is remembered of them is bounded. */
const remembered = 1_000;

/** Loads the list, which takes some 30 ms and 20 MB: not for a gateway that has only the demo provider. */
export async function loadPriceList({ now }: { now: Now }): Promise<PriceList> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices');
  const version = `genai-prices ${installedVersion()}`;
  const steady = new LRUCache<string, { model: ListedModel | undefined }>({ max: remembered });

  return {
    vendorAt: (baseUrl) => findProvider({ providerApiUrl: baseUrl })?.id,
    find(vendor, name) {
      const key = `${vendor}/${name}`;
      const known = steady.get(key);
      if (known) return known.model;
      const found = calcPrice(nothing, name, { providerId: vendor, timestamp: new Date(now()) });
      const model = found ? toListedModel(found, version) : undefined;
      // A list means that the prices depend on the date, or on the time of day.
      if (!Array.isArray(found?.model.prices)) steady.set(key, { model });
      return model;
    },
  };
}

/** The package does not export it. */
function installedVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'));
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

const nothing = { input_tokens: 0, output_tokens: 0 };

function toListedModel({ model, model_price }: PriceCalculation, priceVersion: string): ListedModel {
  const prices = toPrices(model_price);
  return {
    ...(model.context_window !== undefined && { contextWindow: model.context_window }),
    ...(prices && { prices, priceVersion }),
  };
}

/** Models without a price for input may be free or sold by the picture; they count as unpriced. */
function toPrices(listed: ModelPrice): Prices | undefined {
  const { input_mtok, output_mtok, cache_read_mtok, cache_write_mtok } = listed;
  if (input_mtok === undefined) return undefined;
  const input = toPrice(input_mtok);
  return {
    input,
    output: output_mtok === undefined ? undefined : toPrice(output_mtok),
    cacheRead: cache_read_mtok === undefined ? input : toPrice(cache_read_mtok),
    cacheWrite: cache_write_mtok === undefined ? input : toPrice(cache_write_mtok),
  };
}

function toPrice(listed: number | TieredPrices): Price {
  if (typeof listed === 'number') return flatPrice(inNanoUsd(listed));
  const { base, tiers } = listed;
  return {
    base: inNanoUsd(base),
    tiers: tiers.map(({ start, price }) => ({ above: start, price: inNanoUsd(price) })),
  };
}

/** The list's dollars are decimal fractions, of which a float holds enough digits to round to the right one. */
function inNanoUsd(dollars: number): number {
  return Math.round(dollars * 1e9);
}
