import { isIP } from 'node:net';

/** Tells whether every endpoint of a gRPC target lies on this machine. Unknown forms count as elsewhere. */
export function isLoopback(address: string): boolean {
  if (/^unix(-abstract)?:/.test(address)) return true;
  const endpoints = address.replace(/^(dns:(\/\/[^/]*\/)?|ipv4:|ipv6:)/, '');
  return endpoints.split(',').every((endpoint) => isLoopbackHost(hostOf(endpoint)));
}

/** The IP address that a gRPC target names, if it names one and not a host. */
export function ipAddressOf(address: string): string | undefined {
  const host = hostOf(address.replace(/^(ipv4:|ipv6:)/, ''));
  return isIP(host) ? host : undefined;
}

function hostOf(endpoint: string): string {
  const bracketed = /^\[(.*)\](:\d+)?$/.exec(endpoint);
  return bracketed?.[1] ?? endpoint.replace(/:\d+$/, '');
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
