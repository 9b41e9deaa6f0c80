import type { ModelCapabilities } from '../../completion/ports/provider.ts';
import { type ChatDialect, COMPATIBLE_DIALECT, type ReasoningForm } from '../openai-api/chat/dialect.ts';
import type { Server } from './server.ts';

/** How a server wants chat completions said: as most do, but that nobody knows who stands behind the router. */
export function dialectOf(server: Server, capabilities: (model: string) => ModelCapabilities): ChatDialect {
  const routed = server.is === 'router' && { reasoningForms: reasoningFormsBehindRouter };
  return { ...COMPATIBLE_DIALECT, ...routed, capabilities };
}

/**
 * A model may say which provider it wants, `owner/model:provider`. Whoever it is otherwise may be one of those that
 * answer an error to a member that they do not know, so that reasoning is better left out.
 */
function reasoningFormsBehindRouter(model: string): readonly ReasoningForm[] {
  const [, provider = ''] = /:([\w-]+)$/.exec(model) ?? [];
  if (provider === '' || POLICIES.has(provider)) return [];
  if (provider !== 'groq') return provider === 'cerebras' ? ['reasoning'] : ['reasoning_content'];
  // It refuses reasoning to a model that has none.
  return /gpt-oss|qwen|deepseek/i.test(model) ? ['reasoning'] : [];
}

/** How the router chooses by itself. */
const POLICIES = new Set(['fastest', 'cheapest', 'preferred', 'auto']);
