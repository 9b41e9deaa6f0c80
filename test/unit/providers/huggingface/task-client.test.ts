import { featureExtraction, textGeneration } from '@huggingface/inference';
import { describe, expect, it } from 'vitest';
import {
  createEndpointClient,
  createRouterClient,
  createTaskClient,
} from '../../../../src/providers/huggingface/task-client.ts';

const KEY = 'hf_a_key_for_tests';
const asked = { method: 'post', path: '' } as const;

describe('the address of a task', () => {
  it('is the one that the SDK asks for features', async () => {
    const client = createTaskClient('feature-extraction', { model: 'BAAI/bge-m3', apiKey: KEY });
    const { req, url } = await client.buildRequest({ ...asked, body: {} });
    const sdk = await sentBySdk('feature-extraction', (fetch) =>
      featureExtraction(
        { accessToken: KEY, provider: 'hf-inference', model: 'BAAI/bge-m3', inputs: ['hi'] },
        { fetch },
      ),
    );
    expect({ url, headers: Object.fromEntries(req.headers) }).toEqual(sdk);
    expect(url).toBe(
      'https://router.huggingface.co/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction',
    );
  });

  it('is the one that the SDK asks for a text, on a router whose chat stays where it is', async () => {
    const openAi = {
      buildRequest: async ({ path }: { path: string }) => ({
        req: { headers: new Headers() },
        url: `https://chat${path}`,
      }),
    };
    const client = createRouterClient({ openAi, apiKey: KEY });
    const body = { model: 'openai-community/gpt2' };
    const { req, url } = await client.buildRequest({ method: 'post', path: '/completions', body });
    const sdk = await sentBySdk('text-generation', (fetch) =>
      textGeneration({ accessToken: KEY, provider: 'hf-inference', inputs: 'hi', ...body }, { fetch }),
    );
    expect({ url, headers: Object.fromEntries(req.headers) }).toEqual(sdk);
    expect(url).toBe(
      'https://router.huggingface.co/hf-inference/models/openai-community/gpt2/v1/completions',
    );
    const chat = await client.buildRequest({ method: 'post', path: '/chat/completions', body });
    expect(chat.url).toBe('https://chat/chat/completions');
  });

  it('is that of the server itself where it is one’s own', async () => {
    const client = createEndpointClient({ url: 'http://127.0.0.1:8080/tgi', apiKey: KEY });
    const { req, url } = await client.buildRequest(asked);
    const sdk = await sentBySdk('feature-extraction', (fetch) =>
      featureExtraction(
        { accessToken: KEY, endpointUrl: 'http://127.0.0.1:8080/tgi', inputs: ['hi'] },
        { fetch },
      ),
    );
    expect({ url, headers: Object.fromEntries(req.headers) }).toEqual(sdk);
    expect(url).toBe('http://127.0.0.1:8080/tgi');
    expect((await client.buildRequest({ method: 'get', path: '/info' })).url).toBe(
      'http://127.0.0.1:8080/tgi/info',
    );
  });

  it('needs no key on a server of one’s own', async () => {
    const client = createEndpointClient({ url: 'http://127.0.0.1:8080', apiKey: undefined });
    expect((await client.buildRequest(asked)).req.headers.has('authorization')).toBe(false);
  });

  it.each(['../../v1/chat', 'a/../b', '..', 'a/b/c', 'a/b?c=d', 'a%2fb', ''])(
    'is never made of a name that no model has: %j',
    async (model) => {
      const client = createTaskClient('feature-extraction', { model, apiKey: KEY });
      await expect(client.buildRequest(asked)).rejects.toMatchObject({
        reason: 'ERROR_REASON_MODEL_NOT_FOUND',
        message: 'model: Hugging Face has none by this name; models there are named "owner/model".',
      });
    },
  );
});

/** What the SDK sends for a task, after it asked the Hub who serves the model. */
async function sentBySdk(
  task: string,
  ask: (fetchInstead: typeof fetch) => Promise<unknown>,
): Promise<{ url: string; headers: Record<string, string> }> {
  const sent: { url: string; headers: Record<string, string> }[] = [];
  await ask(async (input, init) => {
    const url = String(input);
    if (url.includes('inferenceProviderMapping')) {
      const [, providerId] = /models\/(.*)\?/.exec(url) ?? [];
      const mapping = { 'hf-inference': { providerId, status: 'live', task } };
      return Response.json({ inferenceProviderMapping: mapping });
    }
    sent.push({ url, headers: Object.fromEntries(new Headers(init?.headers)) });
    return Response.json(task === 'text-generation' ? { choices: [{ text: '' }] } : [[1, 2]]);
  });
  expect(sent).toHaveLength(1);
  return sent[0] ?? { url: '', headers: {} };
}
