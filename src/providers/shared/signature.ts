/** A signature as the contract carries it: the bytes of its text, which go back as they came. */
export function signatureBytes(signature: string | undefined): Buffer {
  return Buffer.from(signature ?? '', 'utf8');
}

/**
 * The text of a signature that may go back; undefined where there is none, or where it shows to be another vendor's:
 * OpenAI's and OpenRouter's are JSON.
 */
export function signatureText(signature: Buffer): string | undefined {
  const text = signature.toString('utf8');
  return text === '' || /^[{[]/.test(text) ? undefined : text;
}
