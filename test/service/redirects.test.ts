import { describe, expect, it } from 'vitest';
import { providerKinds } from '../../src/config/provider-schema.ts';
import { providerCases } from '../support/every-kind.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { answer, startHttpServer } from '../support/http-server.ts';

const prompt = 'hello';
const ways: Record<string, (gateway: Gateway, embeddingModel: string) => Promise<unknown>> = {
  Complete: ({ client }) => client.complete({ model: 'p/some-model', prompt, maxOutputTokens: 9 }),
  StreamComplete: ({ client }) => client.stream({ model: 'p/some-model', prompt }).final(),
  Embed: ({ client }, model) => client.embeddings.embed({ model: `p/${model}`, texts: [prompt] }),
  CheckProvider: ({ client }) => client.admin.checkProvider({ name: 'p' }),
};

it('every kind of provider is asked here', () => {
  expect([...new Set(providerCases.map(({ kind }) => kind)), 'demo'].sort()).toEqual(
    [...providerKinds].sort(),
  );
});

describe.each(providerCases)('a redirect that $name answers', ({ configure, embeddingModel }) => {
  it('is an error, whatever was asked, and nobody else sees a request, let alone the key', async () => {
    await using elsewhere = await startHttpServer((_, response) => answer(response, 200, {}));
    let status = 0;
    await using server = await startHttpServer((_, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/v1/steal` });
      response.end();
    });
    await using gateway = await startGateway({
      providers: { p: configure(server.url, 'canary-key') },
      execution: { maxAttempts: 1 },
      breaker: { errorThresholdPercentage: 100 },
      cache: { enabled: false },
    });
    for (status of [301, 302, 303, 307, 308]) {
      for (const [way, ask] of Object.entries(ways)) {
        const failure = await ask(gateway, embeddingModel).then(
          () => 'none',
          ({ reason }: { reason: string }) => reason,
        );
        // Anthropic has no vectors, so that nobody is asked.
        expect(`${way} ${status} ${failure}`).toMatch(/ (PROVIDER_RESPONSE_INVALID|UNSUPPORTED_PARAMETER)$/);
      }
    }
    expect(server.requests.length).toBeGreaterThanOrEqual(15);
    expect(elsewhere.requests).toEqual([]);
  });
});
