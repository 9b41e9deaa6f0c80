import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { TlsConfig } from '../config/config.ts';

/** What the server shows its callers, and what it asks of them. */
export interface Credentials {
  readonly credentials: ServerCredentials;
  /**
   * Reads the files again, which may be others by now. Whether TLS is spoken, and whether callers must show a
   * certificate, stays as it was. Throws as {@link loadCredentials} does.
   */
  renew(tls: TlsConfig | undefined): Promise<Renewal>;
}

/** Certificates that were read, and found to be sound. */
export interface Renewal {
  /** Whether they are others than those in use. */
  readonly changed: boolean;
  /** Puts them to use, for connections that are opened from now on. */
  take(): void;
}

interface Pem {
  cert: Buffer;
  key: Buffer;
  ca: Buffer | undefined;
}

/** Reads the files of `server.tls`. Throws a sentence that names the file at fault; never its content. */
export async function loadCredentials(tls: TlsConfig | undefined): Promise<Credentials> {
  if (!tls) return { credentials: ServerCredentials.createInsecure(), renew: async () => NOTHING_NEW };
  let inUse = await readPems(tls);
  const mutual = inUse.ca !== undefined;
  const credentials = ServerCredentials.createSsl(
    inUse.ca ?? null,
    [{ cert_chain: inUse.cert, private_key: inUse.key }],
    mutual,
  );
  return {
    credentials,
    async renew(tls) {
      if (!tls) return NOTHING_NEW;
      const read = await readPems(tls);
      const next = { ...read, ca: mutual ? (read.ca ?? inUse.ca) : undefined };
      return {
        changed: !isSame(next, inUse),
        take() {
          inUse = next;
          replaceCertificates(credentials, next);
        },
      };
    },
  };
}

const NOTHING_NEW: Renewal = { changed: false, take() {} };

async function readPems(tls: TlsConfig): Promise<Pem> {
  const [cert, key, ca] = await Promise.all([
    readPem('certFile', tls.certFile),
    readPem('keyFile', tls.keyFile),
    tls.clientCaFile === undefined ? undefined : readPem('clientCaFile', tls.clientCaFile),
  ]);
  try {
    createSecureContext({ cert, key, ...(ca && { ca }) });
  } catch (cause) {
    throw new Error(
      `server.tls: certFile "${tls.certFile}" and keyFile "${tls.keyFile}" are not a PEM certificate and its private key.`,
      { cause },
    );
  }
  return { cert, key, ca };
}

/** What grpc-js does where a certificate provider has an update; the method is not in its public types. */
function replaceCertificates(credentials: ServerCredentials, { cert, key, ca }: Pem): void {
  const { updateSecureContextOptions } = credentials as unknown as {
    updateSecureContextOptions(options: object): void;
  };
  updateSecureContextOptions.call(credentials, { cert: [cert], key: [key], ...(ca && { ca }) });
}

function isSame(a: Pem, b: Pem): boolean {
  const ofCa = a.ca && b.ca ? a.ca.equals(b.ca) : a.ca === b.ca;
  return a.cert.equals(b.cert) && a.key.equals(b.key) && ofCa;
}

async function readPem(field: string, file: string): Promise<Buffer> {
  try {
    const pem = await readFile(file);
    if (pem.includes('-----BEGIN ')) return pem;
  } catch (cause) {
    throw new Error(
      `server.tls.${field} is "${file}": it cannot be read (${codeOf(cause)}). Name a PEM file.`,
      { cause },
    );
  }
  throw new Error(`server.tls.${field} is "${file}": it holds no PEM. Name a PEM file.`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
