import { describe, expect, it } from 'vitest';
import { createAnthropicProvider } from '../../../../src/providers/anthropic/provider.ts';
import { startApi } from '../../../support/api-server.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aCall } from './a-call.ts';

describe('what the Anthropic provider can be asked for beside messages', () => {
  it('counts what bears on the input, by the same body as the message, and leaves the rest out', async () => {
    await using api = await startApi(() => ({ body: { input_tokens: 43 } }));
    const provider = providerAt(api.url);
    const call = aCall({
      prompt: 'What is the capital of France?',
      messages: [{ role: 'ROLE_SYSTEM', parts: [{ part: { $case: 'text', value: 'Be short.' } }] }],
      maxOutputTokens: 64,
      sampling: { temperature: 0.5, topK: 5, stop: ['\n\nHuman'] },
      tools: [{ name: 'look_up', parameters: '{"type":"object"}' }],
      endUser: 'someone',
    });
    expect(await provider.countTokens?.({ ...call, options: { service_tier: 'auto' } })).toBe(43);
    await provider.close();
    expect(api.requests).toMatchObject([{ method: 'POST', path: '/v1/messages/count_tokens' }]);
    expect(api.requests[0]?.body).toEqual({
      model: 'claude-sonnet-4-5',
      system: 'Be short.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is the capital of France?' }] }],
      tools: [{ name: 'look_up', input_schema: { type: 'object' } }],
    });
    expect(call.facts.httpStatus).toBe(200);
  });

  it('does not take a count that is none', async () => {
    await using api = await startApi(() => ({ body: { tokens: 3 } }));
    const provider = providerAt(api.url);
    await expect(provider.countTokens?.(aCall())).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_RESPONSE_INVALID',
    });
    await provider.close();
  });

  it('lists the models of all pages', async () => {
    const pages: Record<string, object> = {
      '/v1/models?limit=1000': { data: [{ id: 'a' }, { id: 'b/1' }], has_more: true, last_id: 'b/1' },
      '/v1/models?limit=1000&after_id=b%2F1': { data: [{ id: 'c' }], has_more: false, last_id: 'c' },
    };
    await using api = await startApi(({ path }) => ({ body: pages[path] ?? {} }));
    expect(await list(api.url)).toEqual(['a', 'b/1', 'c']);
    expect(api.requests.map(({ method, headers }) => [method, headers['anthropic-version']])).toEqual([
      ['GET', '2023-06-01'],
      ['GET', '2023-06-01'],
    ]);
  });

  it.each([
    ['a wrong key', 401, error('authentication_error'), 'PROVIDER_CREDENTIALS_REJECTED'],
    ['a key that may not list', 403, error('permission_error'), 'PROVIDER_CREDENTIALS_REJECTED'],
    ['an address of something else', 404, '<html>Not Found</html>', 'PROVIDER_RESPONSE_INVALID'],
    ['an address that is not quite right', 404, error('not_found_error'), 'PROVIDER_RESPONSE_INVALID'],
    ['an address of another API', 200, { models: [] }, 'PROVIDER_RESPONSE_INVALID'],
    // No recording: by Anthropic's documentation.
    ['a provider that is overloaded', 529, error('overloaded_error'), 'PROVIDER_UNAVAILABLE'],
  ])('tells %s when it lists models', async (_, status, body, reason) => {
    await using api = await startApi(() => ({ status, body }));
    await expect(list(api.url)).rejects.toMatchObject({ reason: `ERROR_REASON_${reason}` });
  });
});

function error(type: string): object {
  return { type: 'error', error: { type, message: 'no' } };
}

function providerAt(url: string) {
  return createAnthropicProvider({
    config: providerConfig('anthropic', url),
    connectTimeoutMs: 5000,
    now: Date.now,
  });
}

async function list(url: string): Promise<string[]> {
  const provider = providerAt(url);
  try {
    return await provider.listModels({ signal: new AbortController().signal });
  } finally {
    await provider.close();
  }
}
