/** What a provider does with one request. Words are those that it says of its answer. */
export type Script =
  | {
      is: 'answer';
      words: readonly string[];
      reported: Reported | undefined;
      /** Whether it begins only when it is told to. */
      waits?: boolean;
      /** Whether it takes its time over each word. */
      isSlow?: boolean;
    }
  /** It ends its stream without its end mark, or resets the connection once the caller has heard all that was said. */
  | { is: 'break'; words: readonly string[]; how: 'ended' | 'reset' }
  /** It says no more, for as long as somebody waits. */
  | { is: 'hold'; words: readonly string[] }
  | { is: 'failure'; status: 400 | 500 }
  | { is: 'nonsense' };

/** Tokens, as a provider tells them in OpenAI's words: cached ones are part of the input. */
export interface Reported {
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  reasoning: number;
}

/** One call, with all that will happen to it. */
export interface Plan {
  /** The value of its label `call`. */
  id: string;
  /** In words, for who reads the output. */
  ending: string;
  method: 'Complete' | 'StreamComplete' | 'Embed';
  key: string;
  endUser: string;
  team: string;
  model: string;
  /** Begins with the word by which the provider knows the call. */
  text: string;
  maxOutputTokens?: number;
  /** What the providers do, request by request, each by one that is known from the model. */
  scripts: readonly Script[];
  execution?: { maxAttempts?: number; restarts?: boolean; limit?: TimeLimit };
  cache?: 'ENABLED' | 'ONLY';
  /** When the caller leaves, where it does. After some time it is not known what it leaves. */
  leaves?: 'once asked' | 'once heard' | { afterMs: number; since: 'begun' | 'asked' };
  /** The caller's deadline. */
  deadlineMs?: number;
  /** How it ends where the provider is asked as planned: gRPC status and reason, and any other that is right as well. */
  outcomes: readonly Outcome[];
  /** How it ends where the accounts do not let it run, which for some is a matter of who came first. */
  denied?: Outcome;
  /** Whether its answer is one that was stored before. */
  isHit?: boolean;
  /** Whether its process is killed: while the provider is silent, or at whatever moment. */
  isKilled?: boolean;
  mayBeKilled?: boolean;
}

export type Outcome = readonly [status: string, reason: string];

export interface TimeLimit {
  of: 'firstContentTimeout' | 'idleTimeout' | 'totalTimeout';
  ms: number;
}

export const OK: Outcome = ['OK', ''];
export const CANCELLED: Outcome = ['CANCELLED', 'CANCELLED'];

/** Unary calls whose answers are longer are streamed from their provider: `wholeAnswerTokens` of the configuration. */
export const WHOLE_ANSWER_TOKENS = 64;

/** Whether a provider is asked for a stream. */
export function isStreamed({ method, maxOutputTokens = Number.POSITIVE_INFINITY }: Plan): boolean {
  return method === 'StreamComplete' || (method === 'Complete' && maxOutputTokens > WHOLE_ANSWER_TOKENS);
}

/** The word by which the provider knows a call. */
export function nameOf({ text }: Pick<Plan, 'text'>): string {
  return text.split(' ', 1)[0] ?? '';
}

/** What a script says before it ends, breaks or holds. */
export function saidBy(script: Script | undefined): string {
  return script && 'words' in script ? script.words.join('') : '';
}
