import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { capabilitiesOf as openAiCapabilitiesOf } from '../openai-api/capabilities.ts';

/**
 * What a deployment takes, by its name, which most people make from that of its model. One whose name tells nothing is
 * taken to take everything.
 */
export function capabilitiesOf(deployment: string): ModelCapabilities {
  const model = modelNamed(deployment);
  const takes = openAiCapabilitiesOf(model);
  return { ...takes, embedding: takes.embedding || !isOpenAiModel(model) };
}

/** The name that OpenAI gives to the model that a deployment is named after. */
export function modelNamed(deployment: string): string {
  // Azure's own names have no dots: gpt-35-turbo.
  return deployment
    .toLowerCase()
    .replace(/^gpt-?35/, 'gpt-3.5')
    .replace(/^gpt(?=\d)/, 'gpt-');
}

/** Whether a name tells that the model is one of OpenAI's. */
function isOpenAiModel(model: string): boolean {
  return /^(gpt-\d|gpt-audio|chatgpt|o\d|codex)/.test(model);
}
