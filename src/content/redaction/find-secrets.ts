import type { Span } from './span.ts';

/** Finds keys, tokens and passwords: by the form in which vendors mint them, or by what stands before them. */
export function findSecrets(text: string): Span[] {
  const spans: Span[] = [];
  for (const { pattern, isSecret } of shapes) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      const secret = text.slice(start, end);
      if (isSecret(secret, match.groups?.['name'] ?? '', text.charAt(end)))
        spans.push({ kind: 'secret', start, end });
    }
  }
  return spans;
}

/** `secret` is the group to be taken; what a group `name` calls it, and what follows it, help to judge it. */
interface Shape {
  pattern: RegExp;
  isSecret(secret: string, name: string, next: string): boolean;
}

// No pattern begins in the middle of what it takes, and each repetition is bounded or takes all that it can: the
// time that a search takes grows with the text.
const shapes: readonly Shape[] = [
  // Private keys in PEM (RFC 7468) and OpenPGP's armour, also with \n spelt out, also cut off.
  {
    pattern:
      /(?<secret>-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){0,20000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?)/dg,
    isSecret: () => true,
  },
  // JSON Web Tokens (RFC 7519): two JSON objects and a signature in base64url.
  {
    pattern: /(?<![\w-])(?<secret>eyJ[\w-]{8,8192}\.eyJ[\w-]{8,16384}\.[\w-]{8,2048})/dg,
    isSecret: () => true,
  },
  // Prefixes that vendors document, with what is random behind them.
  {
    pattern:
      /(?<![\w-])(?<secret>(?:sk|pk|rk)-[\w-]{16,256}|(?:sk|pk|rk)_(?:live|test)_\w{16,256}|(?:gsk|hf|r8|npm|shp(?:at|ca|pa|ss))_\w{24,256}|(?:xai|pplx|tvly|glpat|nvapi)-[\w-]{16,256}|gh[opusr]_\w{30,256}|github_pat_\w{22,256}|xox[abeoprs]-[\w-]{10,256}|xapp-[\w-]{16,256}|dop_v1_[0-9a-f]{64}|dckr_pat_[\w-]{20,64}|hv[sb]\.[\w-]{20,256}|pypi-AgE[\w-]{40,256}|AGE-SECRET-KEY-1[A-Z0-9]{50,64})/dg,
    isSecret: looksRandom,
  },
  {
    pattern:
      /(?<![A-Za-z0-9])(?<secret>(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])|AIza[\w-]{35}(?![\w-])|SG\.[\w-]{16,64}\.[\w-]{16,64}|ya29\.[\w-]{20,512})/dg,
    isSecret: () => true,
  },
  // Slack's and Discord's addresses that anybody may post to who knows them.
  {
    pattern:
      /https:\/\/(?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/(?<secret>[\w/-]{20,256})/dg,
    isSecret: looksRandom,
  },
  // The password of an address.
  {
    pattern: /:\/\/[^\s/:@"'<>]{0,128}:(?<secret>[^\s/@"'<>]{3,256})@/dg,
    isSecret: isNoVariable,
  },
  // Credentials of HTTP (RFC 7235).
  {
    pattern: /\b(?:bearer|basic)\s{1,3}(?<secret>[\w.~+/-]{16,4096}={0,2})/dgi,
    isSecret: looksRandom,
  },
  // What is called a secret: `DB_PASSWORD=…`, `"apiKey": "…"`, `client_secret: …`.
  {
    pattern:
      /(?<name>passw(?:or)?d|passwort|kennwort|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w-]{0,24}["'`]?\s{0,3}(?:=>|:=|[:=])\s{0,3}["'`]?(?<secret>[^\s"'`,;<>(){}[\]]{6,})/dgi,
    isSecret: looksAssigned,
  },
  // The same in a sentence.
  {
    pattern:
      /\b(?<name>password|passwort|kennwort|passphrase|mot de passe|contraseña)\s{1,3}(?:is|lautet|ist|est|es)\s{0,3}:?\s{0,3}["'`«„“]?(?<secret>[^\s"'`,;<>(){}[\]»“”]{6,256})/dgi,
    isSecret: looksAssigned,
  },
];

/** Letters and digits mixed: `sk-circle-fade-dot` is the name of a style. */
function looksRandom(secret: string): boolean {
  return /\d/.test(secret) && /[A-Za-z]/.test(secret) && isNoVariable(secret);
}

/** A password is anything that is no word; of others, which are minted, more is asked. */
function looksAssigned(secret: string, name: string, next: string): boolean {
  // `getPassword(` is a call.
  if (next === '(') return false;
  const bare = secret.replace(/[.!?]+$/, '');
  if (!isNoVariable(bare) || isPath(bare)) return false;
  if (/^(?:passw|kennw|passp|pwd|mot|contra)/i.test(name)) return /\d|[a-z][A-Z]|[!#%&*?@^~]/.test(bare);
  return bare.length >= 12 && /\d/.test(bare) && /[A-Za-z]/.test(bare) && entropyOf(bare) >= 3;
}

/** `${NAME}`, `<password>`, `%s`, `****`: where a secret will be, or was. */
function isNoVariable(text: string): boolean {
  return !/^(?:[$<{%[]|\*{3}|x{4}|\.{3})|\.\.\.$/i.test(text);
}

/** `settings.DB_PASSWORD2`, `./secrets/v2`. */
function isPath(text: string): boolean {
  return /^(?:[a-z_]\w*\.)+[a-z_]\w*$/i.test(text) || /^[.~]{0,2}\//.test(text);
}

/** Bits for each character, by Shannon's formula over the text's own frequencies. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
