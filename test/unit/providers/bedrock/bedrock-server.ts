import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from '../../../../src/completion/ports/provider.ts';
import type { ProviderConfig } from '../../../../src/config/config.ts';
import { createBedrockProvider } from '../../../../src/providers/bedrock/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

export const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'a-secret-for-tests',
  sessionToken: undefined,
};

export interface Request {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What a request is answered with. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

/** A provider that asks an address with a key of its own. */
export function providerAt(baseUrl: string, said: Partial<ProviderConfig> = {}): Provider {
  const config = { ...providerConfig('bedrock', baseUrl), apiKey: undefined, credentials: CREDENTIALS };
  return createBedrockProvider({
    config: { ...config, region: 'us-east-1', ...said },
    connectTimeoutMs: 5000,
    now: Date.now,
  });
}

/** A server on a free port that answers as it is told, or never, and keeps what it was asked. */
export async function startBedrockServer(reply: (request: Request) => Reply | undefined) {
  const requests: Request[] = [];
  const server = createServer(async (message, response) => {
    let body = '';
    for await (const piece of message.setEncoding('utf8')) body += piece;
    const { method = '', url = '', headers } = message;
    const request = { method, url, headers, body };
    requests.push(request);
    const told = reply(request);
    if (!told) return;
    const { status = 200, headers: said, body: answer } = told;
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'req-1', ...said });
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
