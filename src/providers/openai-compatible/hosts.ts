import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import type { ChatDialect } from '../openai-api/chat/dialect.ts';
import { mapDeepSeekReasoning, mapOpenRouterReasoning } from './map-reasoning.ts';

/** A hosted API that is not spoken to like a server of one's own. */
export interface Host {
  /** Domain; those below it belong to it. */
  domain: string;
  /** Path that the base URL begins with, where the host is another one below it. */
  path?: string;
  /** Value of the attribute `gen_ai.provider.name`, well-known where there is one. */
  telemetryName: string;
  /** In what it differs from what most servers understand. */
  dialect: Partial<Omit<ChatDialect, 'capabilities'>>;
  /** What its models do not take, or the only other ones do. */
  takes(model: string): Partial<ModelCapabilities>;
}

/** What is known of the host of a base URL. */
export function hostOf(baseUrl: string): Host | undefined {
  const { hostname, pathname } = new URL(baseUrl);
  return HOSTS.find(
    ({ domain, path }) =>
      (hostname === domain || hostname.endsWith(`.${domain}`)) &&
      (path === undefined || `${pathname}/`.startsWith(path)),
  );
}

const NO_FILES = { documentInput: false, audioInput: false };

const DEEPSEEK: Host = {
  domain: 'deepseek.com',
  telemetryName: 'deepseek',
  dialect: { reasoningForms: () => ['reasoning_content'], mapReasoning: mapDeepSeekReasoning },
  takes: () => ({ ...NO_FILES, imageInput: false, jsonSchema: false, topK: false, seed: false }),
};

/**
 * The first that fits counts. The strict ones among them answer an error to a member that they do not know. A begun
 * answer is gone on with where the host's documentation says so; of others the configuration must say it (`prefill`).
 */
const HOSTS: readonly Host[] = [
  {
    domain: 'groq.com',
    telemetryName: 'groq',
    // Strict, and stricter where the model does not reason.
    dialect: { reasoningForms: (model) => (isReasoningOnGroq(model) ? ['reasoning'] : []) },
    takes: (model) => ({
      ...NO_FILES,
      topK: false,
      prefill: !isReasoningOnGroq(model) && !model.includes('compound'),
    }),
  },
  {
    domain: 'mistral.ai',
    telemetryName: 'mistral_ai',
    // Strict. Its streams tell their usage unasked.
    dialect: {
      reasoningForms: () => ['thinking pieces'],
      endUser: undefined,
      names: false,
      seed: 'random_seed',
      asksForUsage: false,
      // Without the mark it refuses a last message of the assistant's.
      continuation: { message: { prefix: true }, repeats: true },
    },
    // Magistral thinks first, whatever it is asked.
    takes: (model) => ({
      ...NO_FILES,
      topK: false,
      maxTemperature: 1.5,
      prefill: !model.includes('magistral'),
    }),
  },
  {
    ...DEEPSEEK,
    // Only here is the mark taken.
    path: '/beta/',
    dialect: {
      ...DEEPSEEK.dialect,
      // It thinks unless told otherwise, and would want to see what the beginning was thought up from.
      continuation: { message: { prefix: true }, request: { thinking: { type: 'disabled' } } },
    },
    takes: (model) => ({ ...DEEPSEEK.takes(model), prefill: true }),
  },
  DEEPSEEK,
  {
    domain: 'openrouter.ai',
    telemetryName: 'openrouter',
    dialect: {
      reasoningForms: () => ['reasoning', 'reasoning_details'],
      mapReasoning: mapOpenRouterReasoning,
    },
    takes: () => ({}),
  },
  {
    domain: 'x.ai',
    telemetryName: 'x_ai',
    dialect: { reasoningForms: () => ['reasoning_content'] },
    takes: (model) => ({ ...NO_FILES, topK: false, ...(isReasoningGrok(model) && NO_PENALTIES) }),
  },
  {
    domain: 'cerebras.ai',
    telemetryName: 'cerebras',
    // Strict.
    dialect: { reasoningForms: () => ['reasoning'] },
    takes: () => ({ ...NO_FILES, topK: false }),
  },
  {
    domain: 'together.xyz',
    telemetryName: 'together',
    dialect: { reasoningForms: () => ['reasoning'] },
    takes: () => NO_FILES,
  },
  {
    domain: 'together.ai',
    telemetryName: 'together',
    dialect: { reasoningForms: () => ['reasoning'] },
    takes: () => NO_FILES,
  },
  {
    domain: 'moonshot.ai',
    telemetryName: 'moonshot_ai',
    dialect: { reasoningForms: () => ['reasoning_content'], continuation: { message: { partial: true } } },
    // The others cannot be kept from thinking first.
    takes: (model) => ({ ...NO_FILES, topK: false, prefill: !/thinking|-code/.test(model) }),
  },
  {
    domain: 'perplexity.ai',
    telemetryName: 'perplexity',
    dialect: { reasoningForms: () => [] },
    takes: () => ({ ...NO_FILES, tools: false, parallelTools: false, jsonObject: false, seed: false }),
  },
];

const NO_PENALTIES = { presencePenalty: false, frequencyPenalty: false, maxStopTexts: 0 };

function isReasoningOnGroq(model: string): boolean {
  return /gpt-oss|qwen|deepseek/i.test(model);
}

/** These refuse what they do not take. */
function isReasoningGrok(model: string): boolean {
  return /^grok-(3-mini|[4-9]|code)/.test(model) && !model.includes('non-reasoning');
}
