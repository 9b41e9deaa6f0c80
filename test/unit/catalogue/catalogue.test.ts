import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../../src/catalogue/catalogue.ts';
import { aUsage } from '../../support/builders.ts';
import { load } from '../config/load.ts';

const winter = Date.parse('2026-12-01T12:00:00Z');

const yaml = `
providers:
  openai: { kind: openai, apiKey: k }
  proxied: { kind: openai, apiKey: k, baseUrl: "http://127.0.0.1:1/v1" }
  anthropic: { kind: anthropic, apiKey: k }
  google: { kind: google, apiKey: k }
  azure: { kind: azure-openai, apiKey: k, baseUrl: "https://my.openai.azure.com" }
  cohere: { kind: cohere, apiKey: k }
  bedrock: { kind: bedrock, region: us-east-1 }
  hf: { kind: huggingface, apiKey: k }
  hf-together: { kind: huggingface, apiKey: k, baseUrl: "https://router.huggingface.co/together/v1" }
  groq: { kind: openai-compatible, apiKey: k, baseUrl: "https://api.groq.com/openai/v1" }
  openrouter: { kind: openai-compatible, apiKey: k, baseUrl: "https://openrouter.ai/api/v1" }
  deepseek: { kind: openai-compatible, apiKey: k, baseUrl: "https://api.deepseek.com" }
  local: { kind: openai-compatible, baseUrl: "http://127.0.0.1:11434/v1" }
`;

async function find(name: string, { more = '', at = winter } = {}) {
  const catalogue = await createCatalogue({ config: load(`${yaml}${more}`), now: () => at });
  const slash = name.indexOf('/');
  return catalogue.find({ provider: name.slice(0, slash), model: name.slice(slash + 1) });
}

/** Dollars for a million tokens of input and of output. */
async function dollars(name: string, situation?: { more?: string; at?: number }) {
  const { inputPrice, outputPrice } = (await find(name, situation)) ?? {};
  return [inputPrice, outputPrice].map((price) => price && price / 1e9);
}

describe('the catalogue', () => {
  // By the vendors' price pages.
  it.each([
    ['openai/gpt-5-mini', [0.25, 2]],
    ['openai/gpt-4o-2024-08-06', [2.5, 10]],
    ['openai/text-embedding-3-small', [0.02, undefined]],
    ['proxied/gpt-5-mini', [0.25, 2]],
    ['anthropic/claude-sonnet-4-5-20250929', [3, 15]],
    ['google/gemini-2.5-flash', [0.3, 2.5]],
    ['google/models/gemini-2.5-flash', [0.3, 2.5]],
    ['azure/gpt-5-mini', [0.25, 2]],
    ['cohere/command-a-03-2025', [2.5, 10]],
    ['cohere/embed-multilingual-v3.0', [0.1, undefined]],
    // Regional profiles cost a tenth more.
    ['bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0', [3.3, 16.5]],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', [3.3, 16.5]],
    ['bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0', [3.3, 16.5]],
    ['bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0', [3, 15]],
    ['bedrock/us.amazon.nova-lite-v1:0', [0.06, 0.24]],
    ['bedrock/amazon.titan-embed-text-v1', [0.1, undefined]],
    ['bedrock/amazon.titan-embed-text-v2:0', [0.02, undefined]],
    ['bedrock/cohere.embed-english-v3', [0.1, undefined]],
    ['hf/meta-llama/Llama-3.3-70B-Instruct:together', [0.88, 0.88]],
    ['hf-together/meta-llama/Llama-3.3-70B-Instruct', [0.88, 0.88]],
    ['groq/llama-3.3-70b-versatile', [0.59, 0.79]],
    ['openrouter/openai/gpt-4o', [2.5, 10]],
  ])('knows what %s costs', async (name, prices) => {
    expect(await dollars(name)).toEqual(prices);
  });

  it.each([
    'openai/unheard-of',
    'azure/my-deployment',
    // The router chooses who answers.
    'hf/meta-llama/Llama-3.3-70B-Instruct',
    'hf/meta-llama/Llama-3.3-70B-Instruct:fastest',
    // A name says nothing about whose it is.
    'local/gpt-4o',
    'nobody/gpt-4o',
  ])('knows nothing of %s', async (name) => {
    expect(await find(name)).toBeUndefined();
  });

  it('prices cached tokens and long requests as the vendor does', async () => {
    const sonnet = await find('anthropic/claude-sonnet-4-5');
    const usage = aUsage({
      inputTokens: 1_000,
      cacheReadTokens: 500,
      cacheWriteTokens: 400,
      outputTokens: 0,
    });
    expect(sonnet?.price(usage).nanoUsd).toBe(100 * 3_000 + 500 * 300 + 400 * 3_750);
    const long = aUsage({ inputTokens: 200_001, outputTokens: 1_000 });
    expect(sonnet?.price(long).nanoUsd).toBe(200_001 * 6_000 + 1_000 * 22_500);
  });

  it('keeps to the date and to the time of day where prices depend on them', async () => {
    const flash = 'google/gemini-3.6-flash';
    expect(await dollars(flash, { at: Date.parse('2026-12-31T23:59:59Z') })).toEqual([0.75, 3.75]);
    expect(await dollars(flash, { at: Date.parse('2027-01-01T00:00:00Z') })).toEqual([1.5, 7.5]);
    const chat = 'deepseek/deepseek-chat';
    expect(await dollars(chat, { at: Date.parse('2026-12-01T16:29:00Z') })).toEqual([0.27, 1.1]);
    expect(await dollars(chat, { at: Date.parse('2026-12-01T16:31:00Z') })).toEqual([0.135, 0.55]);
  });

  it('notices that a price has changed since it was asked last', async () => {
    let at = Date.parse('2026-12-31T23:59:59Z');
    const catalogue = await createCatalogue({ config: load(yaml), now: () => at });
    const model = { provider: 'google', model: 'gemini-3.6-flash' };
    expect(catalogue.find(model)?.inputPrice).toBe(750_000_000);
    at += 1_000;
    expect(catalogue.find(model)?.inputPrice).toBe(1_500_000_000);
  });

  it.each([
    ['openai/gpt-5-mini', 400_000, 128_000],
    ['openai/gpt-5-chat-latest', 128_000, 16_384],
    ['openai/gpt-4o-mini', 128_000, 16_384],
    ['openai/gpt-4.1-nano', 1_047_576, 32_768],
    ['openai/o4-mini', 200_000, 100_000],
    ['openai/o1', 200_000, 100_000],
    ['openai/gpt-4', 8_192, 8_192],
    ['anthropic/claude-opus-4-1', 200_000, 32_000],
    ['anthropic/claude-sonnet-4-5', 200_000, 64_000],
    ['anthropic/claude-opus-4-6', 1_000_000, 128_000],
    ['anthropic/claude-opus-5', 1_000_000, 128_000],
    ['anthropic/claude-3-haiku-20240307', 200_000, 4_096],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000, 64_000],
    ['openrouter/anthropic/claude-sonnet-4.5', 1_000_000, 64_000],
    ['google/gemini-2.5-pro', 1_048_576, 65_536],
    ['cohere/command-r-plus-08-2024', 128_000, 4_000],
    ['openai/text-embedding-3-large', 8_192, 0],
  ])('knows the limits of %s', async (name, contextWindow, maxOutputTokens) => {
    expect(await find(name)).toMatchObject({ contextWindow, maxOutputTokens });
  });

  it('holds the demo provider for free, whatever it is called', async () => {
    const more = '  practice: { kind: demo }\n';
    for (const name of ['demo/demo', 'practice/fail-503']) {
      const facts = await find(name, { more });
      expect(facts?.price(aUsage())).toEqual({ nanoUsd: 0, unpriced: false, estimated: false });
    }
  });

  it('lets the configuration say what is not known, or is known otherwise', async () => {
    const more = `
prices:
  local/llama3.3: { contextWindow: 131072, maxOutputTokens: 8192, inputPrice: 0, outputPrice: 0 }
  llama3.3: { inputPrice: 1, outputPrice: 1 }
  gpt-5-mini: { inputPrice: 0.2, outputPrice: 1.6 }
  anthropic/claude-sonnet-4-5: { maxOutputTokens: 4000 }
  text-embedding-3-small: { inputPrice: 0.01 }
`;
    expect(await find('local/llama3.3', { more })).toMatchObject({
      contextWindow: 131_072,
      maxOutputTokens: 8_192,
      inputPrice: 0,
      outputPrice: 0,
    });
    expect(await dollars('groq/llama3.3', { more })).toEqual([1, 1]);
    // Its cached tokens were 0.025 in the list, none of which holds any more.
    const mini = await find('azure/gpt-5-mini', { more });
    expect(mini).toMatchObject({ contextWindow: 400_000, inputPrice: 200_000_000 });
    const cached = aUsage({ inputTokens: 1_000, cacheReadTokens: 1_000, outputTokens: 0 });
    expect(mini?.price(cached).nanoUsd).toBe(200_000);
    expect(await find('anthropic/claude-sonnet-4-5', { more })).toMatchObject({
      maxOutputTokens: 4_000,
      inputPrice: 3_000_000_000,
    });
    const embedding = await find('openai/text-embedding-3-small', { more });
    expect(embedding?.price(aUsage({ inputTokens: 100, outputTokens: 0 })).nanoUsd).toBe(1_000);
    expect(embedding?.price(aUsage({ inputTokens: 100, outputTokens: 1 })).unpriced).toBe(true);
  });
});
