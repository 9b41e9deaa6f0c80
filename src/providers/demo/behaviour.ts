import { invalidRequest } from '../../completion/error.ts';

/** What the demo provider is told to do, by its model's name or by `provider_options`. Everything is optional. */
export interface Behaviour {
  /** What to say instead of the usual answer. */
  text?: string;
  /** Wait before the first content, in milliseconds. */
  firstContentDelayMs?: number;
  /** Wait before each further word of a stream, in milliseconds. Default 20. */
  intervalMs?: number;
  /** Fail before any content as a provider does that answers with this HTTP status. */
  failWithStatus?: number;
  /** What a failing provider says about trying again, in milliseconds. */
  retryAfterMs?: number;
  /** Break the connection after this many words. */
  breakAfter?: number;
  /** Fall silent after this many words; 0: never say anything. */
  stallAfter?: number;
  /** Call this many of the request's tools, in order. */
  toolCalls?: number;
  /** Reason aloud first, and sign it. */
  reasoning?: boolean;
  /** Decline to answer. */
  refuse?: boolean;
  /** Turn texts into vectors instead of completing conversations. Only a model's name says so. */
  embedding?: boolean;
}

type Value = Behaviour[keyof Behaviour];

const numeric = new Set<keyof Behaviour>([
  'firstContentDelayMs',
  'intervalMs',
  'failWithStatus',
  'retryAfterMs',
  'breakAfter',
  'stallAfter',
  'toolCalls',
]);
const known = new Set<string>([...numeric, 'text', 'reasoning', 'refuse']);

/** The models of the demo provider. `+` joins several: `tools-2+slow-500ms`. */
export const demoModels = [
  'demo',
  'slow-2s',
  'fail-503',
  'break-3',
  'stall-3',
  'silent',
  'tools-1',
  'reason',
  'refuse',
  'demo-embedding',
] as const;

/**
 * Reads the behaviour that a model's name and the request's options ask for; the options win.
 *
 * @throws GatewayError INVALID_REQUEST for an option that the demo provider does not know. Undefined where it
 * knows no such model.
 */
export function behaviourOf(
  model: string,
  options: Readonly<Record<string, unknown>> | undefined,
): Behaviour | undefined {
  const behaviour: Behaviour = {};
  for (const word of model.split('+')) {
    const said = byName(word);
    if (!said) return undefined;
    Object.assign(behaviour, said);
  }
  for (const [name, value] of Object.entries(options ?? {})) {
    Object.assign(behaviour, { [name]: checked(name, value) });
  }
  return behaviour;
}

function byName(word: string): Behaviour | undefined {
  if (word === 'demo-embedding') return { embedding: true };
  const [, name = '', amount = '', unit = ''] = /^([a-z]+)(?:-(\d+)(ms|s)?)?$/.exec(word) ?? [];
  const count = amount === '' ? undefined : Number(amount);
  if (unit !== '' && name !== 'slow') return undefined;
  switch (name) {
    case 'demo':
      return count === undefined ? {} : undefined;
    case 'slow':
      return { firstContentDelayMs: (count ?? 2) * (unit === 'ms' ? 1 : 1_000) };
    case 'fail':
      return { failWithStatus: count ?? 503 };
    case 'break':
      return { breakAfter: count ?? 3 };
    case 'stall':
      return { stallAfter: count ?? 3 };
    case 'silent':
      return { stallAfter: 0 };
    case 'tools':
      return { toolCalls: count ?? 1 };
    case 'reason':
      return { reasoning: true };
    case 'refuse':
      return { refuse: true };
    default:
      return undefined;
  }
}

function checked(name: string, value: unknown): Value {
  const field = `provider_options["demo"].${name}`;
  if (!known.has(name)) throw invalidRequest(field, `is no option; the options are ${[...known].join(', ')}`);
  if (name === 'text' && typeof value === 'string') return value;
  if ((name === 'reasoning' || name === 'refuse') && typeof value === 'boolean') return value;
  const isNumber = numeric.has(name as keyof Behaviour) && typeof value === 'number';
  if (isNumber && Number.isInteger(value) && value >= 0 && value <= 3_600_000) return value;
  throw invalidRequest(
    field,
    'does not have a value of the right type: whole numbers from 0, texts, true or false',
  );
}
