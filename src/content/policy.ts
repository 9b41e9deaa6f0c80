import { type ContentConfig, noContentPolicy, redactable } from '../config/config.ts';

/** What holds for a call: what its key and all models that it may end up with say, together. */
export interface ContentPolicy extends Omit<ContentConfig, 'phoneRegion'> {
  phoneRegions: readonly string[];
}

/**
 * Puts policies together so that none of them is weakened: what any redacts is redacted, the smallest size and the lowest
 * threshold hold, blocking goes before flagging. Values are put back only where every policy that redacts allows it, since
 * one that does not may want the answer without them. A repair is a wish rather than a limit: whoever has it gets it.
 * Undefined where nothing is to be done.
 */
export function combinePolicies(said: readonly ContentConfig[]): ContentPolicy | undefined {
  const policies = said.filter((policy) => policy !== noContentPolicy);
  if (policies.length === 0) return undefined;
  const redacting = policies.filter(({ redact }) => redact.length > 0);
  const looking = policies.filter(({ injection }) => injection !== 'off');
  const sizes = policies.flatMap(({ maxInputBytes }) => maxInputBytes ?? []);
  return {
    redact: redactable.filter((kind) => redacting.some(({ redact }) => redact.includes(kind))),
    phoneRegions: [...new Set(redacting.flatMap(({ phoneRegion }) => phoneRegion ?? []))].sort(),
    restore: redacting.length > 0 && redacting.every(({ restore }) => restore),
    maxInputBytes: sizes.length > 0 ? Math.min(...sizes) : undefined,
    injection: strictest(looking),
    injectionThreshold: Math.min(1, ...looking.map(({ injectionThreshold }) => injectionThreshold)),
    repairJson: policies.some(({ repairJson }) => repairJson),
  };
}

function strictest(looking: readonly ContentConfig[]): ContentPolicy['injection'] {
  if (looking.some(({ injection }) => injection === 'block')) return 'block';
  return looking.length > 0 ? 'flag' : 'off';
}
