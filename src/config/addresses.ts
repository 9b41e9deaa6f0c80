import type { Parsed } from './parsed.ts';

/** Reads where to listen: `host:port`, with an IPv6 host in brackets. */
export function parseListenAddress(input: unknown): Parsed<string> {
  const [, port] =
    (typeof input === 'string' && /^(?:\[[\da-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/.exec(input)) || [];
  if (port !== undefined && Number(port) <= 65_535) return { value: String(input) };
  return { remedy: 'expected host:port, such as "127.0.0.1:50051" or "[::1]:50051".' };
}

/** Reads where a provider is. Secrets have a field of their own, so none may hide in the address. */
export function parseBaseUrl(input: unknown): Parsed<string> {
  const url = parseUrl(input, ['http:', 'https:']);
  if (!url) return { remedy: 'expected an http or https address, such as "https://api.example.com/v1".' };
  if (url.username || url.password)
    return { remedy: 'an address may not carry credentials; put the key under apiKey.' };
  if (url.search || url.hash || /[?#]$/.test(url.href)) {
    return { remedy: 'an address may not have a query or a fragment; end it with its path.' };
  }
  return { value: url.href.replace(/\/+$/, '') };
}

/** Reads where one Redis node is. */
export function parseRedisUrl(input: unknown): Parsed<string> {
  if (parseUrl(input, ['redis:', 'rediss:'])) return { value: String(input) };
  return {
    remedy:
      'expected "redis://host:port", or "rediss://host:port" for TLS; without redis, state is in memory.',
  };
}

/** Reads where traces go. */
export function parseOtlpEndpoint(input: unknown): Parsed<string> {
  if (parseUrl(input, ['http:', 'https:'])) return { value: String(input) };
  return { remedy: 'expected an http or https address, such as "http://localhost:4318".' };
}

function parseUrl(input: unknown, protocols: readonly string[]): URL | undefined {
  const url = typeof input === 'string' ? URL.parse(input) : null;
  return url && url.hostname !== '' && protocols.includes(url.protocol) ? url : undefined;
}
