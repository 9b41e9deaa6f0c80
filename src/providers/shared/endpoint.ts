import type { Provider } from '../../completion/ports/provider.ts';
import type { ProviderConfig } from '../../config/config.ts';

/** Where requests to a base URL go. */
export function endpointOf(baseUrl: string): Provider['endpoint'] {
  const { hostname, port, protocol } = new URL(baseUrl);
  return { host: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
}

/** The base URL of a kind of provider that has none of its own; the configuration is refused without it. */
export function configuredBaseUrl({ name, baseUrl }: ProviderConfig): string {
  if (baseUrl === undefined) throw new TypeError(`The provider "${name}" was configured without a baseUrl.`);
  return baseUrl;
}
