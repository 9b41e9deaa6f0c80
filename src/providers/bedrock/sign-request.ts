import { createHmac, hash } from 'node:crypto';

/** What of a request is signed, beside what signing adds to its headers. */
export interface Signable {
  method: string;
  /** As it is sent: each segment escaped once. */
  path: string;
  /** As it is sent: escaped, and in the order of its keys. */
  query: string;
  /** By names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** A key of AWS, with its token where it is lent for a time. */
export interface Identity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Signs a request: returns its headers, and those that signing adds. */
export type SignRequest = (request: Signable, identity: Identity, at: Date) => Record<string, string>;

/**
 * Creates the way to sign requests to Bedrock in a region, by AWS's Signature Version 4. The SDK signs as well, but for
 * any request to any service: that took as long as all the rest of a call, and this takes a third of it.
 */
export function createRequestSigner({ region }: { region: string }): SignRequest {
  let derived: { from: string; key: Buffer } = { from: '', key: Buffer.alloc(0) };

  return ({ method, path, query, headers, body }, { accessKeyId, secretAccessKey, sessionToken }, at) => {
    // 20250102T030405Z
    const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const scope = [time.slice(0, 8), region, 'bedrock', 'aws4_request'];
    const payloadHash = hash('sha256', body);
    const signed: Record<string, string> = {
      ...headers,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': time,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const fields = names.map((name) => `${name}:${signed[name]}\n`).join('');
    const signedNames = names.join(';');
    const canonical = `${method}\n${escapeAgain(path)}\n${query}\n${fields}\n${signedNames}\n${payloadHash}`;
    const credential = scope.join('/');
    const text = `${ALGORITHM}\n${time}\n${credential}\n${hash('sha256', canonical)}`;
    const signature = hmac(keyFor(secretAccessKey, scope), text).toString('hex');
    return {
      ...signed,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${credential}, SignedHeaders=${signedNames}, Signature=${signature}`,
    };
  };

  /** Serves for a day. */
  function keyFor(secret: string, scope: readonly string[]): Buffer {
    const from = `${secret} ${scope[0]}`;
    if (derived.from !== from) {
      derived = { from, key: scope.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`)) };
    }
    return derived.key;
  }
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Escapes a text as AWS wants it in a path or a query. */
export function escapeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** AWS signs the path escaped twice. */
function escapeAgain(path: string): string {
  return escapeText(path).replaceAll('%2F', '/');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
