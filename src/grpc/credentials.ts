import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { TlsConfig } from '../config/config.ts';

/** Reads the files of `server.tls`. Throws a sentence that names the file at fault; never its content. */
export async function loadCredentials(tls: TlsConfig | undefined): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
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
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], ca !== undefined);
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
