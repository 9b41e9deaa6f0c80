import type { ModelCapabilities } from '../../../completion/ports/provider.ts';
import type { Reasoning } from '../../../gen/sluice/v1/completion_service.ts';
import { capabilitiesOf } from '../capabilities.ts';
import type { Continuation } from './continuation.ts';
import { type MappedReasoning, mapOpenAiReasoning, mapReasoningAsAsked } from './map-reasoning.ts';

/**
 * How a server wants its chat completions said. What servers answer needs no dialect: the forms that they use for
 * reasoning, usage, tool calls, errors and ends do not contradict each other, and are all read.
 */
export interface ChatDialect {
  capabilities(model: string): ModelCapabilities;
  /** Name of the output limit. OpenAI's reasoning models refuse the older one, other servers do not know the newer. */
  outputLimit(model: string): 'max_completion_tokens' | 'max_tokens';
  mapReasoning(reasoning: Reasoning | undefined, model: string): MappedReasoning;
  /** Forms in which an assistant's message takes its reasoning back. A server that knows several reads one of them. */
  reasoningForms(model: string): readonly ReasoningForm[];
  /** Name of the caller's id of its user; undefined where the server refuses any. */
  endUser: 'safety_identifier' | 'user' | undefined;
  /** Whether a message may say who speaks. */
  names: boolean;
  seed: 'seed' | 'random_seed';
  /** Whether a stream tells its usage only if asked to; the others refuse to be asked. */
  asksForUsage: boolean;
  /** Whether the content of a message may be a list of texts; otherwise they are joined. */
  textLists: boolean;
  /** Whether an assistant's refusal has a member of its own; otherwise it is text. */
  refusals: boolean;
  /** How a server is asked to go on with an answer that the request begins, beside being sent the beginning. */
  continuation: Continuation;
}

/** A member of an assistant's message, or pieces of its content. */
export type ReasoningForm = 'reasoning' | 'reasoning_content' | 'reasoning_details' | 'thinking pieces';

/** OpenAI's own. */
export const OPENAI_DIALECT: ChatDialect = {
  capabilities: capabilitiesOf,
  outputLimit: () => 'max_completion_tokens',
  mapReasoning: mapOpenAiReasoning,
  // Chat completions neither show reasoning nor take it.
  reasoningForms: () => [],
  endUser: 'safety_identifier',
  names: true,
  seed: 'seed',
  asksForUsage: true,
  textLists: true,
  refusals: true,
  continuation: {},
};

/** What most other servers understand, and the rest of them passes over. */
export const COMPATIBLE_DIALECT: Omit<ChatDialect, 'capabilities'> = {
  outputLimit: () => 'max_tokens',
  mapReasoning: mapReasoningAsAsked,
  // Ollama and newer vLLM read the first, llama.cpp and older vLLM the second, what OpenRouter stands behind the third.
  reasoningForms: () => ['reasoning', 'reasoning_content', 'reasoning_details'],
  endUser: 'user',
  names: true,
  seed: 'seed',
  asksForUsage: true,
  textLists: false,
  refusals: false,
  continuation: {},
};
