/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/**
 * Creates a {@link Redact} for the given secrets, and for what looks like a key whoever it belongs to. Secrets
 * shorter than 6 characters are left alone: replacing those would garble ordinary words.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const needles = spellings(secrets.filter((secret) => secret.length >= SHORTEST_SECRET));

  return (text) => {
    let clean = text;
    for (const needle of needles) {
      if (clean.includes(needle)) clean = clean.replaceAll(needle, REDACTED);
    }
    return clean.replace(KEY_SHAPES, '$1$2[redacted]');
  };
}

const SHORTEST_SECRET = 6;
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
