import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';

/** What the provider has served by its own count: what it would bill, whoever was there to hear it. */
export interface Bill {
  answers: number;
  inputTokens: number;
  outputTokens: number;
}

/** A provider over real sockets that bills each answer, also one whose caller has gone by then. */
export interface BillingProvider extends AsyncDisposable {
  readonly url: string;
  readonly bill: Bill;
  /** Requests that it is working at. */
  serving(): number;
}

/** It reads 7 tokens, takes up to 40 ms, and writes as many tokens as it likes, up to the request's limit. */
export async function startBillingProvider(random: Random): Promise<BillingProvider> {
  const bill: Bill = { answers: 0, inputTokens: 0, outputTokens: 0 };
  let serving = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { max_completion_tokens, max_tokens } = JSON.parse(text);
    serving += 1;
    await sleep(random.below(40));
    serving -= 1;
    const completion_tokens = 1 + random.below(max_completion_tokens ?? max_tokens);
    bill.answers += 1;
    bill.inputTokens += 7;
    bill.outputTokens += completion_tokens;
    const message = { role: 'assistant', content: 'Good day.' };
    const usage = { prompt_tokens: 7, completion_tokens, total_tokens: 7 + completion_tokens };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'c',
        model: 'gpt',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage,
      }),
    );
  });
  // What a killed gateway leaves behind is no concern of ours.
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bill,
    serving: () => serving,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
