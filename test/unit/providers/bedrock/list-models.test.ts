import { describe, expect, it } from 'vitest';
import { CREDENTIALS, providerAt, type Request, startBedrockServer } from './bedrock-server.ts';
import { authorizationOf, expectedSignature } from './signature.ts';

const models = {
  modelSummaries: [
    { modelId: 'amazon.nova-lite-v1:0', inferenceTypesSupported: ['ON_DEMAND', 'PROVISIONED'] },
    { modelId: 'anthropic.claude-sonnet-4-5-20250929-v1:0', inferenceTypesSupported: ['INFERENCE_PROFILE'] },
    { modelId: 'new.model' },
    { modelName: 'nameless' },
  ],
};
const profiles = (url: string) =>
  url.includes('nextToken')
    ? {
        inferenceProfileSummaries: [
          { inferenceProfileId: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0' },
        ],
      }
    : {
        inferenceProfileSummaries: [{ inferenceProfileId: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' }],
        nextToken: 'a+b/c=',
      };
const signal = new AbortController().signal;

describe('listing models', () => {
  it('names what can be asked for: models by their own name, and profiles of all pages', async () => {
    await using server = await startBedrockServer(({ url }) => ({
      body: JSON.stringify(url === '/foundation-models' ? models : profiles(url)),
    }));
    const provider = providerAt(server.url);
    expect(await provider.listModels({ signal })).toEqual([
      'amazon.nova-lite-v1:0',
      'new.model',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
    ]);
    await provider.close();
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /foundation-models',
      'GET /inference-profiles?maxResults=1000',
      'GET /inference-profiles?maxResults=1000&nextToken=a%2Bb%2Fc%3D',
    ]);
    expect(server.requests.map(signatureIn)).toEqual(
      server.requests.map((request) => expectedSignature(request, CREDENTIALS.secretAccessKey)),
    );
  });

  it.each([
    ['an unknown key', 403, 'UnrecognizedClientException', 'no such access key'],
    ['an expired token', 403, 'ExpiredTokenException', 'has expired'],
    ['something else', 404, undefined, 'could not be understood'],
  ])('says in a sentence that it met %s', async (_what, status, kind, words) => {
    const headers = kind ? { 'x-amzn-errortype': kind } : {};
    await using server = await startBedrockServer(() => ({ status, headers, body: '<html>' }));
    const provider = providerAt(server.url);
    await expect(provider.listModels({ signal })).rejects.toThrow(words);
    await provider.close();
  });

  it('is not taken in by a server that lists nothing', async () => {
    await using server = await startBedrockServer(() => ({ body: '{"data":[]}' }));
    const provider = providerAt(server.url);
    await expect(provider.listModels({ signal })).rejects.toThrow('modelSummaries');
    await provider.close();
  });
});

function signatureIn({ headers }: Request): string {
  return authorizationOf(headers.authorization ?? '').signature;
}
