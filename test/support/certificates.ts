import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Certificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** An alternative name of a certificate. */
type AlternativeName = { dns: string } | { uri: string } | { email: string } | { ip: readonly number[] };

const thisMachine: readonly AlternativeName[] = [{ dns: 'localhost' }, { ip: [127, 0, 0, 1] }];

/**
 * Issues a certificate, valid for an hour, for `localhost` and 127.0.0.1, or for other names, or none but its common one.
 * Without `issuer` it signs itself.
 */
export function issueCertificate(
  name: string,
  issuer?: Certificate,
  names: readonly AlternativeName[] = thisMachine,
): Certificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = issuer === undefined;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer?.name ?? name),
    sequence(utcTime(-60_000), utcTime(3_600_000)),
    commonName(name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    ...extensions(isAuthority ? [basicConstraintsOfAuthority] : alternativeNames(names)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const der = sequence(body, ecdsaWithSha256, bitString(signature));
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { name, cert: new X509Certificate(der).toString(), key, privateKey };
}

/** Writes a certificate and its key as files, and tells their paths. */
export async function writeCertificate(folder: string, { name, cert, key }: Certificate) {
  const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key)]);
  return files;
}

// As much of DER as a certificate needs.

const ecdsaWithSha256 = sequence(objectIdentifier('2a8648ce3d040302'));
const basicConstraintsOfAuthority = sequence(
  objectIdentifier('551d13'),
  der(0x01, Buffer.from([0xff])),
  octets(sequence(der(0x01, Buffer.from([0xff])))),
);

function extensions(items: Buffer[]): Buffer[] {
  return items.length === 0 ? [] : [explicit(3, sequence(...items))];
}

function alternativeNames(names: readonly AlternativeName[]): Buffer[] {
  if (names.length === 0) return [];
  return [sequence(objectIdentifier('551d11'), octets(sequence(...names.map(alternativeName))))];
}

function alternativeName(name: AlternativeName): Buffer {
  if ('dns' in name) return der(0x82, Buffer.from(name.dns));
  if ('uri' in name) return der(0x86, Buffer.from(name.uri));
  if ('email' in name) return der(0x81, Buffer.from(name.email));
  return der(0x87, Buffer.from(name.ip));
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(objectIdentifier('550403'), der(0x0c, Buffer.from(name)))));
}

function utcTime(fromNowMs: number): Buffer {
  const iso = new Date(Date.now() + fromNowMs).toISOString();
  return der(0x17, Buffer.from(`${iso.slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
}

function sequence(...items: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(items));
}

function explicit(tag: number, item: Buffer): Buffer {
  return der(0xa0 + tag, item);
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function objectIdentifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function octets(bytes: Buffer): Buffer {
  return der(0x04, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
