import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { EMBEDS_ONLY } from '../shared/no-capabilities.ts';

/**
 * What a Gemini model takes, by its name. An unknown model is taken to be a recent one. `end_user` has no counterpart
 * here and is never sent.
 */
export function capabilitiesOf(model: string): ModelCapabilities {
  const name = bareName(model);
  const family = FAMILIES.find(({ names }) => names.test(name));
  return { ...RECENT, prefill: CONTINUES.test(name), ...family?.takes };
}

/** How a model is told to think: by a level since Gemini 3, by a number of tokens before; undefined: it does not. */
export function thinkingControlOf(model: string): 'level' | 'budget' | undefined {
  if (!capabilitiesOf(model).reasoning) return undefined;
  return /^gemini-2\.5/.test(bareName(model)) ? 'budget' : 'level';
}

/** Whether a model takes JSON Schema as it is, rather than the subset that OpenAPI 3.0 has of it. */
export function takesJsonSchema(model: string): boolean {
  return !OLD.test(bareName(model));
}

/** Whether a model takes a form of the answer beside tools; since Gemini 3 it does. */
export function takesJsonBesideTools(model: string): boolean {
  return !/^gemini-[12]/.test(bareName(model));
}

/** Whether a model is of the big kind, which cannot do without thinking. */
export function isPro(model: string): boolean {
  return /-pro\b/.test(bareName(model));
}

/** Whether an embedding model takes the purpose of a vector as a setting; newer ones are told it in the text. */
export function takesTaskType(model: string): boolean {
  return !/^(gemini-embedding-(?!001|exp)|embeddinggemma)/.test(bareName(model));
}

/** `models/gemini-3-flash` and `gemini-3-flash` are the same model. */
function bareName(model: string): string {
  return model.replace(/^.*\//, '');
}

const RECENT: ModelCapabilities = {
  completion: true,
  embedding: false,
  maxTemperature: 2,
  topP: true,
  topK: true,
  seed: true,
  maxStopTexts: 5,
  // "Penalty is not enabled for this model", say all since Gemini 2.5.
  presencePenalty: false,
  frequencyPenalty: false,
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

/**
 * Models that go on with a last turn of their own. Later ones refuse it since Gemini 3.5 Flash-Lite and 3.6 Flash, as
 * Google documents; 3.5 Flash takes it, but nobody tells that it goes on.
 */
const CONTINUES = /^gemini-(2\.|3-|3\.1-)(?!.*-(image|tts|live|native-audio))/;

/** Models from before JSON Schema and thinking. */
const OLD = /^gemini-(1|2\.0)/;

const TEXT_OUT_ONLY = { tools: false, parallelTools: false, jsonObject: false, jsonSchema: false };

/** The first that fits counts. */
const FAMILIES: readonly { names: RegExp; takes: Partial<ModelCapabilities> }[] = [
  { names: /embedding/, takes: EMBEDS_ONLY },
  { names: /^gemini-2\.[05].*-image/, takes: { ...TEXT_OUT_ONLY, reasoning: false, audioInput: false } },
  { names: OLD, takes: { presencePenalty: true, frequencyPenalty: true, reasoning: false } },
  {
    names: /^gemma-[123]/,
    takes: { ...TEXT_OUT_ONLY, reasoning: false, documentInput: false, audioInput: false },
  },
];
