import type { Provider } from '../../completion/ports.ts';

/** Where requests to a base URL go. */
export function endpointOf(baseUrl: string): Provider['endpoint'] {
  const { hostname, port, protocol } = new URL(baseUrl);
  return { host: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
}
