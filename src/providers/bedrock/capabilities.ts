import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { EMBEDS_ONLY, NO_CAPABILITIES } from '../shared/no-capabilities.ts';
import { claudeVersion, foundationModel, isClaude } from './model-name.ts';

/**
 * What a model takes through the Converse API, by the family that its name tells. Of an unknown one, such as an
 * application's own profile, the provider has the last word.
 */
export function capabilitiesOf(model: string): ModelCapabilities {
  if (isClaude(model)) return claudeCapabilities(claudeVersion(model));
  const name = foundationModel(model);
  const family = FAMILIES.find(({ names }) => names.test(name));
  return { ...RECENT, topK: topKMemberOf(model) !== undefined, ...family?.takes };
}

/** How a model is told to reason; undefined: it cannot be. */
export type ReasoningControl =
  /** Claude since 3.7, in one of its ways. */
  | 'claude'
  /** Open models of OpenAI, which cannot do without. */
  | 'gpt-oss'
  /** Amazon Nova 2. */
  | 'nova';

export function reasoningControlOf(model: string): ReasoningControl | undefined {
  const name = foundationModel(model);
  if (isClaude(model)) return claudeVersion(model) < 307 ? undefined : 'claude';
  if (name.startsWith('openai.gpt-oss')) return 'gpt-oss';
  return name.startsWith('amazon.nova-2-') && !SILENT.test(name) ? 'nova' : undefined;
}

/** Whether Bedrock enforces JSON Schemas for a model: of answers, and of strict tools. */
export function enforcesSchemas(model: string): boolean {
  if (isClaude(model)) return !(claudeVersion(model) < 405);
  return ENFORCED.test(foundationModel(model));
}

/** Where a model takes top_k, among the fields that are its own: Converse has no word for it. */
export function topKMemberOf(model: string): 'top_k' | 'k' | 'inferenceConfig.topK' | undefined {
  const name = foundationModel(model);
  if (isClaude(model) || name.startsWith('mistral.')) return 'top_k';
  if (name.startsWith('cohere.command')) return 'k';
  return name.startsWith('amazon.nova') ? 'inferenceConfig.topK' : undefined;
}

/** Models that do not complete conversations: they make pictures, videos, speech or vectors, or rank. */
const SILENT =
  /embed|rerank|^(stability|luma|twelvelabs)\.|^amazon\.(titan-image|nova-(canvas|reel)|nova-.*sonic)/;

/** As the user guide lists them under structured outputs. */
const ENFORCED =
  /^(openai\.gpt-oss|qwen\.|minimax\.|moonshot|zai\.|nvidia\.|google\.gemma-3|deepseek\.v3|mistral\.(magistral|ministral|voxtral|mistral-large-3))/;

const RECENT: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 1,
  topP: true,
  topK: false,
  seed: false,
  // The API takes 2500.
  maxStopTexts: 2500,
  presencePenalty: false,
  frequencyPenalty: false,
  reasoning: false,
  tools: true,
  parallelTools: true,
  jsonObject: true,
  jsonSchema: true,
  imageInput: true,
  documentInput: true,
  audioInput: false,
  prefill: false,
};

const TEXT_IN_ONLY = { imageInput: false };
const NO_TOOLS = { tools: false, parallelTools: false };
/** Models without system messages: nothing can be asked of them beside the conversation. */
const BARE = { ...TEXT_IN_ONLY, ...NO_TOOLS, jsonObject: false, jsonSchema: false };

/** The first that fits counts. */
const FAMILIES: readonly { names: RegExp; takes: Partial<ModelCapabilities> }[] = [
  { names: /^(amazon\.titan-embed|cohere\.embed)/, takes: EMBEDS_ONLY },
  { names: SILENT, takes: NO_CAPABILITIES },
  {
    names: /^amazon\.nova-2-omni/,
    takes: { prefill: true, reasoning: true, maxStopTexts: 4, audioInput: true },
  },
  { names: /^amazon\.nova-2/, takes: { prefill: true, reasoning: true, maxStopTexts: 4 } },
  {
    names: /^amazon\.nova-micro/,
    takes: { ...TEXT_IN_ONLY, documentInput: false, prefill: true, maxStopTexts: 4 },
  },
  { names: /^amazon\.nova/, takes: { prefill: true, maxStopTexts: 4 } },
  { names: /^(amazon\.titan|ai21\.j2|cohere\.command-(text|light))/, takes: BARE },
  { names: /^mistral\.(mistral-7b|mixtral)/, takes: BARE },
  { names: /^mistral\.voxtral/, takes: { audioInput: true } },
  { names: /^mistral\.mistral-(large|small)-24/, takes: TEXT_IN_ONLY },
  { names: /^meta\.llama(2|3-(8|70)b|3-2-[13]b)/, takes: { ...TEXT_IN_ONLY, ...NO_TOOLS } },
  { names: /^meta\.llama3-[13]/, takes: TEXT_IN_ONLY },
  { names: /^deepseek\.r1/, takes: { ...TEXT_IN_ONLY, ...NO_TOOLS } },
  { names: /^openai\.gpt-oss/, takes: { ...TEXT_IN_ONLY, reasoning: true } },
  { names: /^(ai21|deepseek|minimax)\.|^cohere\.command-r/, takes: TEXT_IN_ONLY },
];

function claudeCapabilities(version: number): ModelCapabilities {
  const sampling = !(version >= 407);
  const modern = !(version < 300);
  return {
    ...RECENT,
    maxTemperature: sampling ? 1 : 0,
    topP: sampling,
    topK: sampling,
    reasoning: !(version < 307),
    tools: modern,
    parallelTools: modern,
    imageInput: modern,
    prefill: version < 406,
  };
}
