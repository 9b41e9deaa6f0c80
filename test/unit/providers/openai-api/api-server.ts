import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SentRequest {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  /** The requests since they were last taken. */
  takeRequests(): SentRequest[];
  /** What every request is answered from now on, as text or JSON. */
  answerWith(answer: Answer | ((request: SentRequest) => Answer)): void;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** Starts a server of OpenAI's API that keeps what it is asked. */
export async function startApiServer(): Promise<ApiServer> {
  let requests: SentRequest[] = [];
  let answer: (request: SentRequest) => Answer = () => ({ body: {} });
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const sent = { method, url, headers, body };
    requests.push(sent);
    const { status = 200, headers: said = {}, body: answered } = answer(sent);
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...said });
    response.end(typeof answered === 'string' ? answered : JSON.stringify(answered));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
    answerWith(said) {
      answer = typeof said === 'function' ? said : () => said;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
