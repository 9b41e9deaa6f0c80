import { flatPrice, type Prices } from './prices.ts';

/** What is known of a model. */
export interface KnownModel {
  contextWindow?: number;
  maxOutputTokens?: number;
  prices?: Prices;
  /** What the prices rest on. */
  priceVersion?: string;
}

/** The price version of what we know ourselves. */
export const ownPrices = 'sluice';

/** What we know ourselves of a vendor's model: what the price list lacks, or has wrong. */
export function knownModel(model: string): KnownModel | undefined {
  const name = model.toLowerCase();
  return table.find(([names]) => names.test(name))?.[1];
}

/**
 * The first that fits counts. Names are looked for anywhere in the vendor's name of the model, since Bedrock and
 * routers put a region or a vendor before it; versions come with a dash or a dot.
 */
const table: readonly (readonly [names: RegExp, model: KnownModel])[] = [
  // What Anthropic's list of models told on 2 August 2026 (max_tokens), and its overview of models for older ones.
  [/claude-(?:opus|sonnet|fable)-5/, { contextWindow: 1_000_000, maxOutputTokens: 128_000 }],
  [/claude-(?:opus-4[.-][678]|sonnet-4[.-]6)/, { contextWindow: 1_000_000, maxOutputTokens: 128_000 }],
  [/claude-(?:opus|sonnet|haiku)-4[.-]5/, { maxOutputTokens: 64_000 }],
  [/claude-opus-4/, { maxOutputTokens: 32_000 }],
  [/claude-(?:sonnet-4|3[.-]7-sonnet)/, { maxOutputTokens: 64_000 }],
  [/claude-3[.-]5/, { maxOutputTokens: 8_192 }],
  [/claude-3-/, { maxOutputTokens: 4_096 }],

  // https://platform.openai.com/docs/models
  [/gpt-5[\w.]*-chat/, { contextWindow: 128_000, maxOutputTokens: 16_384 }],
  [/gpt-5-pro/, { maxOutputTokens: 272_000 }],
  [/gpt-5(?!.*image)/, { maxOutputTokens: 128_000 }],
  [/gpt-4\.1/, { contextWindow: 1_047_576, maxOutputTokens: 32_768 }],
  [/gpt-4o-2024-05-13/, { maxOutputTokens: 4_096 }],
  [/gpt-4o(?!.*(?:realtime|transcribe|tts))/, { maxOutputTokens: 16_384 }],
  [/gpt-4-turbo|gpt-3\.5-turbo/, { maxOutputTokens: 4_096 }],
  [/\bgpt-4(?:-\d{4})?$/, { maxOutputTokens: 8_192 }],
  [/\bo1-mini/, { maxOutputTokens: 65_536 }],
  [/\bo1-preview/, { maxOutputTokens: 32_768 }],
  [/\bo[134](?:-|$)/, { maxOutputTokens: 100_000 }],

  // https://ai.google.dev/gemini-api/docs/models
  [/gemini-embedding-001/, { contextWindow: 2_048 }],
  [/gemini-(?:2\.5|3)(?!.*(?:image|tts|live))/, { contextWindow: 1_048_576, maxOutputTokens: 65_536 }],
  [/gemini-2\.0-flash(?!.*(?:image|live))/, { contextWindow: 1_048_576, maxOutputTokens: 8_192 }],
  [/gemini-1\.5/, { maxOutputTokens: 8_192 }],

  // https://docs.cohere.com/docs/models and https://cohere.com/pricing
  [/command-a-03-2025/, { contextWindow: 256_000, maxOutputTokens: 8_000 }],
  [/command-a-reasoning/, { contextWindow: 256_000, maxOutputTokens: 32_000 }],
  [/command-a-vision/, { contextWindow: 128_000, maxOutputTokens: 8_000 }],
  [/command-r/, { contextWindow: 128_000, maxOutputTokens: 4_000 }],
  [/embed-(?:english|multilingual)(?:-light)?-v3/, { contextWindow: 512, ...embedding(0.1) }],

  // https://aws.amazon.com/bedrock/pricing: the list takes it for the first version, at five times the price.
  [/titan-embed-text-v2/, { contextWindow: 8_192, ...embedding(0.02) }],
];

function embedding(dollarsPerMillionTokens: number): KnownModel {
  const input = flatPrice(Math.round(dollarsPerMillionTokens * 1e9));
  const prices = { input, output: undefined, cacheRead: input, cacheWrite: input };
  return { prices, priceVersion: ownPrices };
}
