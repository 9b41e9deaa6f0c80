import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ChannelCredentials } from '@grpc/grpc-js';
import { ipAddressOf, isLoopback } from './address.ts';
import type { ClientOptions } from './client-options.ts';

/** Certificates and keys in PEM. */
export interface TlsOptions {
  /** Authorities to trust. Defaults to those that Node trusts. */
  rootCertificates?: string | Uint8Array;
  /** The client's own certificates, for mutual TLS. */
  certificateChain?: string | Uint8Array;
  /** Key of the client's own certificate. */
  privateKey?: string | Uint8Array;
}

/** Builds the channel's credentials, and refuses to let a key travel in the clear. */
export function createCredentials({
  address,
  apiKey,
  tls,
  allowInsecureApiKey,
}: ClientOptions): ChannelCredentials {
  if (tls) return createTlsCredentials(tls === true ? {} : tls, ipAddressOf(address));
  if (apiKey !== undefined && !allowInsecureApiKey && !isLoopback(address)) {
    throw new TypeError(
      `address is "${address}" and tls is off: the apiKey would be readable on the way. ` +
        'Set tls, or allowInsecureApiKey where something else encrypts the connection, such as a service mesh.',
    );
  }
  return ChannelCredentials.createInsecure();
}

function createTlsCredentials(
  { rootCertificates, certificateChain, privateKey }: TlsOptions,
  ip: string | undefined,
): ChannelCredentials {
  // The name that an address stands in for (see buildChannelOptions) is not what the certificate must be for.
  const verify =
    ip === undefined
      ? {}
      : { checkServerIdentity: (_: string, cert: PeerCertificate) => checkServerIdentity(ip, cert) };
  return ChannelCredentials.createSsl(pem(rootCertificates), pem(privateKey), pem(certificateChain), verify);
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text as Uint8Array);
}
