import type { Continuation } from '../openai-api/chat/continuation.ts';
import { type ChatDialect, COMPATIBLE_DIALECT } from '../openai-api/chat/dialect.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { Host } from './hosts.ts';

/**
 * How a server wants chat completions said: as most of them do, but for what is known of its host.
 *
 * @param prefill - as in {@link capabilitiesOf}
 */
export function dialectOf(host: Host | undefined, prefill?: boolean): ChatDialect {
  return {
    ...COMPATIBLE_DIALECT,
    ...(!host && prefill && { continuation: OPEN_ENDED }),
    ...host?.dialect,
    capabilities: (model) => capabilitiesOf(model, host, prefill),
  };
}

/** vLLM and SGLang must be told; llama.cpp, TGI and Ollama do it unasked, and take it or pass it over. */
const OPEN_ENDED: Continuation = {
  request: { continue_final_message: true, add_generation_prompt: false },
};
