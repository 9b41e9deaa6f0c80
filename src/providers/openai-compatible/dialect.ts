import { type ChatDialect, COMPATIBLE_DIALECT } from '../openai-api/chat/dialect.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { Host } from './hosts.ts';

/** How a server wants chat completions said: as most of them do, but for what is known of its host. */
export function dialectOf(host: Host | undefined): ChatDialect {
  return {
    ...COMPATIBLE_DIALECT,
    ...host?.dialect,
    capabilities: (model) => capabilitiesOf(model, host),
  };
}
