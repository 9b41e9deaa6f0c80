import { describe, expect, it } from 'vitest';
import { createGoogleProvider } from '../../../../src/providers/google/provider.ts';
import { startApi } from '../../../support/api-server.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aProviderCall } from './google-request.ts';

const VERTEX = '/v1/projects/p/locations/l/publishers/google';
const asked = {
  prompt: 'What time is it?',
  messages: [
    { role: 'ROLE_SYSTEM' as const, parts: [{ part: { $case: 'text' as const, value: 'Be short.' } }] },
  ],
  tools: [{ name: 'now' }],
  toolChoice: { choice: { $case: 'mode' as const, value: 'TOOL_MODE_REQUIRED' as const } },
};
const input = {
  contents: [{ role: 'user', parts: [{ text: 'What time is it?' }] }],
  systemInstruction: { parts: [{ text: 'Be short.' }] },
  tools: [{ functionDeclarations: [{ name: 'now' }] }],
};

describe('what the provider google can be asked for beside answers', () => {
  it('counts the whole request, instructions and tools included', async () => {
    await using api = await startApi(() => ({ body: { totalTokens: 10, promptTokensDetails: [] } }));
    const facts: object[] = [];
    expect(await count(api.url, facts)).toBe(10);
    expect(api.requests).toMatchObject([
      { method: 'POST', path: '/v1beta/models/gemini-3-flash:countTokens' },
    ]);
    expect(api.requests[0]?.body).toEqual({
      generateContentRequest: {
        model: 'models/gemini-3-flash',
        safetySettings: [],
        generationConfig: {},
        toolConfig: { functionCallingConfig: { mode: 'ANY' } },
        ...input,
      },
    });
    expect(facts).toEqual([{ httpStatus: 200 }]);
  });

  it('counts as Vertex wants it, which takes the parts of a request, and not all of them', async () => {
    await using api = await startApi(() => ({ body: { totalTokens: 36, totalBillableCharacters: 123 } }));
    expect(await count(api.url + VERTEX)).toBe(36);
    expect(api.requests).toMatchObject([
      { method: 'POST', path: `${VERTEX}/models/gemini-3-flash:countTokens`, body: input },
    ]);
    expect(api.requests[0]?.body).toEqual(input);
    expect(api.requests[0]?.headers['x-goog-api-key']).toBe('a-key-for-tests');
  });

  it('does not take a count that is none', async () => {
    await using api = await startApi(() => ({ body: { tokens: 3 } }));
    await expect(count(api.url)).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_RESPONSE_INVALID',
    });
  });

  it('lists the models of all pages by the names that a request takes, its key in a header only', async () => {
    const pages: Record<string, object> = {
      '/v1beta/models?pageSize=1000': { models: [{ name: 'models/a' }], nextPageToken: 't=1' },
      '/v1beta/models?pageSize=1000&pageToken=t%3D1': { models: [{ name: 'tunedModels/b' }] },
    };
    await using api = await startApi(({ path }) => ({ body: pages[path] ?? {} }));
    expect(await list(api.url)).toEqual(['a', 'tunedModels/b']);
    expect(api.requests.map(({ method, headers }) => [method, headers['x-goog-api-key']])).toEqual([
      ['GET', 'a-key-for-tests'],
      ['GET', 'a-key-for-tests'],
    ]);
    expect(JSON.stringify(api.requests.map(({ path }) => path))).not.toContain('a-key-for-tests');
  });

  it("lists the models of Vertex's publisher", async () => {
    // No recording: by Google's documentation of publishers.models.list.
    const body = { publisherModels: [{ name: 'publishers/google/models/gemini-3-flash' }] };
    await using api = await startApi(() => ({ body }));
    expect(await list(api.url + VERTEX)).toEqual(['gemini-3-flash']);
    expect(api.requests).toMatchObject([{ path: '/v1beta1/publishers/google/models?pageSize=100' }]);
  });

  const wrongKey = {
    code: 400,
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
  };
  // As quoted in public issues, where a key is used at a Vertex address that wants OAuth.
  const noKeysHere = {
    code: 401,
    status: 'UNAUTHENTICATED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'CREDENTIALS_MISSING' }],
  };
  it.each([
    ['a wrong key', 400, { error: wrongKey }, 'PROVIDER_CREDENTIALS_REJECTED'],
    ['a kind of key that it does not take', 401, { error: noKeysHere }, 'PROVIDER_CREDENTIALS_REJECTED'],
    ['an address of something else', 404, '<!DOCTYPE html>', 'PROVIDER_RESPONSE_INVALID'],
    ['an address of a page', 200, '<!DOCTYPE html>', 'PROVIDER_RESPONSE_INVALID'],
    ['an address of another API', 200, { data: [] }, 'PROVIDER_RESPONSE_INVALID'],
    ['a provider that is down', 503, { error: { status: 'UNAVAILABLE' } }, 'PROVIDER_UNAVAILABLE'],
  ])('tells %s when it lists models', async (_, status, body, reason) => {
    await using api = await startApi(() => ({ status, body }));
    await expect(list(api.url)).rejects.toMatchObject({ reason: `ERROR_REASON_${reason}` });
  });
});

function providerAt(url: string) {
  return createGoogleProvider({
    config: providerConfig('google', url),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
}

async function count(url: string, facts: object[] = []): Promise<number | undefined> {
  const provider = providerAt(url);
  try {
    return await provider.countTokens?.(aProviderCall(asked, { report: (told) => facts.push(told) }));
  } finally {
    await provider.close();
  }
}

async function list(url: string): Promise<string[]> {
  const provider = providerAt(url);
  try {
    return await provider.listModels({ signal: new AbortController().signal });
  } finally {
    await provider.close();
  }
}
