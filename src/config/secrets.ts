/** Whether a text is a secret by its look, wherever it stands; long words of letters and digits are held to be. */
export function looksSecret(text: string): boolean {
  const longWord = /[\w+=-]{24,}/.exec(text)?.[0] ?? '';
  return betraysSecret(text) || (/\d/.test(longWord) && /[A-Za-z]/.test(longWord));
}

/** The same for names, which may be long: only what cannot be anything else. */
export function betraysSecret(text: string): boolean {
  return mintedKey.test(text) || credentials.test(text) || forgottenSpace.test(text);
}

/** Keys as vendors mint them, and as Sluice does. */
const mintedKey = /\b(?:(?:sk|pk|rk|xai)-|(?:sk|gsk|hf|ghp)_)[\w-]{6,}|AIza\w|AKIA\w|\bsluice_[\w-]{43}/;
/** With a slash too, which a password may have that nobody escaped. */
const credentials = /:\/\/\S*@/;
/** `apiKey:abc`, which YAML takes for one word. */
const forgottenSpace = /(?:key|secret|token|password|url)["']?\s*[:=]/i;

/** Takes the passwords out of addresses, both as written and as meant. */
export function passwordsOf(urls: readonly string[]): string[] {
  return urls.flatMap((url) => {
    const password = URL.parse(url)?.password ?? '';
    return password === '' ? [] : [password, decode(password)];
  });
}

/**
 * Takes the keys out of headers in OpenTelemetry's form, `name=value,name=value`, with and without the scheme before them.
 * A short value of a harmless name, such as a tenant's, is none: it would be taken out of every log line that has the word.
 */
export function keysInHeaders(headers: string): string[] {
  return headers.split(',').flatMap((header) => {
    const [name = '', ...rest] = header.split('=');
    const value = decode(rest.join('=').trim());
    const isKey = /auth|cookie|dsn|key|password|secret|token/i.test(name) || value.length >= 16;
    return isKey && value !== '' ? [value, value.replace(/^(?:basic|bearer) +/i, '')] : [];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
