import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { EMBEDS_ONLY } from '../shared/no-capabilities.ts';

/** What a model of OpenAI takes, by its name. An unknown model is taken to take everything. */
export function capabilitiesOf(model: string): ModelCapabilities {
  const base = baseOf(model);
  const family = FAMILIES.find(({ names }) => names.test(base));
  return { ...EVERYTHING, ...family?.takes };
}

/** Generations of reasoning models, which differ in the efforts they offer. */
export type ReasoningFamily = 'o-series' | 'gpt-5' | 'later';

/** How a model reasons; undefined where it does not. */
export function reasoningFamilyOf(model: string): ReasoningFamily | undefined {
  if (!capabilitiesOf(model).reasoning) return undefined;
  const base = baseOf(model);
  if (O_SERIES.test(base)) return 'o-series';
  return /^gpt-5(?!\.)/.test(base) ? 'gpt-5' : 'later';
}

/** A fine-tuned model is named `ft:<its base>:<organisation>:...`. */
function baseOf(model: string): string {
  return model.startsWith('ft:') ? model.slice(3) : model;
}

const EVERYTHING: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 2,
  topP: true,
  topK: false,
  seed: true,
  maxStopTexts: 4,
  presencePenalty: true,
  frequencyPenalty: true,
  reasoning: true,
  tools: true,
  parallelTools: true,
  jsonObject: true,
  jsonSchema: true,
  imageInput: true,
  documentInput: true,
  audioInput: true,
  prefill: false,
};

const NO_SAMPLING = { maxTemperature: 0, topP: false, presencePenalty: false, frequencyPenalty: false };
const TEXT_ONLY = { imageInput: false, documentInput: false, audioInput: false };
const O_SERIES = /^o\d/;

/** The first that fits counts. */
const FAMILIES: readonly { names: RegExp; takes: Partial<ModelCapabilities> }[] = [
  { names: /embed/, takes: EMBEDS_ONLY },
  {
    names: /-search-/,
    takes: {
      ...NO_SAMPLING,
      ...TEXT_ONLY,
      seed: false,
      reasoning: false,
      tools: false,
      parallelTools: false,
    },
  },
  {
    names: /^(gpt-4o(-mini)?-audio|gpt-audio)/,
    takes: {
      reasoning: false,
      jsonObject: false,
      jsonSchema: false,
      imageInput: false,
      documentInput: false,
    },
  },
  { names: O_SERIES, takes: { ...NO_SAMPLING, maxStopTexts: 0, parallelTools: false, audioInput: false } },
  { names: /^gpt-5.*-chat/, takes: { reasoning: false, audioInput: false } },
  { names: /^gpt-5/, takes: { ...NO_SAMPLING, maxStopTexts: 0, audioInput: false } },
  { names: /^(gpt-4o|gpt-4\.\d|chatgpt-4o)/, takes: { reasoning: false, audioInput: false } },
  {
    names: /^gpt-4-turbo/,
    takes: { reasoning: false, jsonSchema: false, documentInput: false, audioInput: false },
  },
  { names: /^gpt-3\.5/, takes: { ...TEXT_ONLY, reasoning: false, jsonSchema: false } },
  { names: /^gpt-4(-|$)/, takes: { ...TEXT_ONLY, reasoning: false, jsonObject: false, jsonSchema: false } },
];
