/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** Takes secrets out of texts, those that it comes to know too. */
export interface Redactor {
  redact: Redact;
  /** The secrets that hold from now on. Those before them stay secret: calls and logs may still be full of them. */
  learn(secrets: readonly string[]): void;
}

/**
 * Creates a {@link Redactor} for the given secrets, and for what looks like a key whoever it belongs to. Secrets
 * shorter than 6 characters are left alone: replacing those would garble ordinary words.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  let known: readonly string[] = [];
  let needles: readonly string[] = [];
  learn(secrets);
  return { redact, learn };

  function redact(text: string): string {
    let clean = text;
    for (const needle of needles) {
      if (clean.includes(needle)) clean = clean.replaceAll(needle, REDACTED);
    }
    return clean.replace(KEY_SHAPES, '$1$2[redacted]');
  }

  function learn(secrets: readonly string[]): void {
    const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
    known = [...new Set([...long, ...known])].slice(0, long.length + FORMER_SECRETS);
    needles = spellings(known);
  }
}

const SHORTEST_SECRET = 6;
/** How many secrets that no longer hold are remembered, since each is looked for in every line. */
const FORMER_SECRETS = 100;
const REDACTED = '[redacted]';

// Bearer and Basic credentials, values that an address or header calls a key, the vendors' key prefixes and ours. What
// leads up to a key is captured rather than looked back at, which would be tried at every character.
const KEY_SHAPES =
  /(\b(?:bearer|basic)\s+)[\w.~+/=-]{16,}|([?&]key=|\bapi[-_]?key\\?["']?\s*[:=]\s*\\?["']?)[^\s"'&,\\[]{6,}|\b(?:sk|pk|rk|hf|gsk)[-_][\w-]{16,}|\bAIza[\w-]{20,}|\bsluice_[\w-]{43}/gi;

/** A secret as it is, and as JSON and addresses spell it. Longest first, so that no secret hides half of another. */
function spellings(secrets: readonly string[]): string[] {
  const all = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}
