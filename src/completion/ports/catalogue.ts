import type { Cost, Usage } from '../../gen/sluice/v1/usage.ts';

/** What is known of models beside what their adapters declare: sizes and prices. */
export interface ModelCatalogue {
  /** Undefined where nothing is known. `provider` is a name in the configuration, `model` the provider's own name. */
  find(target: { provider: string; model: string }): ModelFacts | undefined;
}

export interface ModelFacts {
  /** Input and output together, in tokens. 0 where unknown. */
  contextWindow: number;
  /** Upper bound on output tokens. 0 where unknown. */
  maxOutputTokens: number;
  /** Price of a million input tokens, in billionths of a US dollar; undefined where unknown. */
  inputPrice: number | undefined;
  /** Price of a million output tokens, in billionths of a US dollar; undefined where unknown. */
  outputPrice: number | undefined;
  /** Prices tokens by the tiers that hold for this usage; `unpriced` where no price is known. */
  price(usage: Usage): Cost;
  /**
   * The most that so many tokens can cost, whatever the vendor's prompt cache makes of them. Not less than
   * {@link ModelFacts.price} of any usage with at most as many of both.
   */
  priceAtMost(tokens: { inputTokens: number; outputTokens: number }): Cost;
  /** What the prices rest on, such as `genai-prices 0.1.8` or `configuration`; empty where none is known. */
  priceVersion: string;
}
