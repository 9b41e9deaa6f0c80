import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Parsed } from './parsed.ts';

// Secrets in the configuration, encrypted with AES-256-GCM: NIST SP 800-38D, with its recommended nonce of 96 bits, random
// (good for 2^32 secrets under one key), and its whole tag of 128. An encrypted text is nonce, ciphertext and tag, in base64.

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** The environment variable with the key that opens encrypted values. */
export const encryptionKeyName = 'SLUICE_ENCRYPTION_KEY';

/** Reads the key, from hexadecimal or base64. */
export function parseEncryptionKey(input: unknown): Parsed<Buffer> {
  const text = typeof input === 'string' ? input : '';
  const encoding = /^[0-9a-f]{64}$/i.test(text) ? 'hex' : /^[\w+/-]{43}=?$/.test(text) ? 'base64' : undefined;
  if (encoding) return { value: Buffer.from(text, encoding) };
  return {
    remedy: 'expected 32 bytes, in hexadecimal or base64, such as `openssl rand -base64 32` prints.',
  };
}

/** Encrypts a secret; the same one never gives the same text twice. */
export function encrypt(secret: string, key: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  const sealed = [nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64');
}

/** What {@link encrypt} was given. Undefined where the key is another, or a single bit has changed. */
export function decrypt(text: string, key: Buffer): string | undefined {
  const sealed = Buffer.from(text, 'base64');
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const begun = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
  try {
    return Buffer.concat([begun, decipher.final()]).toString();
  } catch {
    // Whatever came out until here is not to be looked at.
    return undefined;
  }
}
