import { createHash, createHmac } from 'node:crypto';
import type { Request } from './bedrock-server.ts';

/** The signature that a request should have, by the steps of AWS's Signature Version 4, from what came over the wire. */
export function expectedSignature({ method, url, headers, body }: Request, secret: string): string {
  const { scope, signedHeaders } = authorizationOf(headers.authorization ?? '');
  const [path = '', query = ''] = url.split('?');
  const canonicalRequest = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    query.split('&').sort().join('&'),
    ...signedHeaders.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope.join('/'), sha256(canonicalRequest)].join(
    '\n',
  );
  const key = scope.reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

/** What the header says: whose key, for which day, region and service, over which headers. */
export function authorizationOf(header: string): {
  accessKeyId: string;
  scope: string[];
  signedHeaders: string[];
  signature: string;
} {
  const [, credential = '', headers = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\S+)$/.exec(header) ?? [];
  const [accessKeyId = '', ...scope] = credential.split('/');
  return { accessKeyId, scope, signedHeaders: headers.split(';'), signature };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
