/**
 * Makes a base URL out of `OLLAMA_HOST`, which takes more forms than an address: `host`, `host:port`, `:port`, with or
 * without a scheme, and an address to listen on, which is to be reached on this machine. Defaults are Ollama's own.
 * Undefined where it is none of these.
 */
export function ollamaBaseUrl(text: string): string | undefined {
  const [, scheme, hostAndPort = '', path = ''] = form.exec(text.trim()) ?? [];
  const [, host = hostAndPort, port] = hostWithPort.exec(hostAndPort) ?? [];
  const standardPort = scheme === undefined ? ':11434' : '';
  const address = `${scheme ?? 'http'}://${reachable(host)}${port ?? standardPort}${path}`;
  const url = URL.parse(address)?.href.replace(/\/+$/, '');
  return url === undefined || url.endsWith('/v1') ? url : `${url}/v1`;
}

const form = /^(?:(https?):\/\/)?([^/]*)(.*)$/i;
const hostWithPort = /^(\[.*\]|[^:]*)(:\d+)$/;

function reachable(host: string): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::' || host === '[::]') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
