import { type ChatDialect, OPENAI_DIALECT } from '../openai-api/chat/dialect.ts';
import { mapOpenAiReasoning } from '../openai-api/chat/map-reasoning.ts';
import { capabilitiesOf, modelNamed } from './capabilities.ts';

/** The first version of the dated API that knows the members that came with reasoning models. */
const RENEWED = '2024-09-01';

/** How Azure wants chat completions said, by the version of its API; undefined for the undated one. */
export function azureDialect(apiVersion: string | undefined): ChatDialect {
  const renewed = apiVersion === undefined || apiVersion >= RENEWED;
  return {
    ...OPENAI_DIALECT,
    capabilities: capabilitiesOf,
    outputLimit: (deployment) =>
      renewed && !OLDER_OR_FOREIGN.test(modelNamed(deployment)) ? 'max_completion_tokens' : 'max_tokens',
    mapReasoning: (reasoning, deployment) => mapOpenAiReasoning(reasoning, modelNamed(deployment)),
    reasoningForms: (deployment) => (THINKS_ALOUD.test(deployment) ? ['reasoning_content'] : []),
    endUser: 'user',
    asksForUsage: renewed,
  };
}

/** Models that never refuse the older name of the output limit; some of their deployments do not know the newer one. */
const OLDER_OR_FOREIGN =
  /gpt-?(3|4)|deepseek|grok|kimi|llama|mistral|mixtral|ministral|codestral|phi-?\d|qwen|command/;

const THINKS_ALOUD = /deepseek|kimi|qwen/i;
