import { describe, expect, it } from 'vitest';
import type { ProviderCall } from '../../../../src/completion/ports/provider.ts';
import type { ProviderConfig } from '../../../../src/config/config.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { randomFrom, startReplayServer } from '../../../wire/replay-server.ts';
import { aCall } from './a-call.ts';

const counted = { status: 200, body: '{"object":"response.input_tokens","input_tokens":11}' };

describe('counting tokens', () => {
  it.each([
    ['chat', aCall({ prompt: 'hello' }, { model: 'gpt-4o' }), 8],
    ['chat', aCall({ prompt: 'hello' }, { model: 'gpt-5-mini' }), 7],
    ['chat', aCall({ prompt: 'hello' }, { model: 'a-deployment' }), undefined],
    ['chat', aCall({ prompt: 'hi', reasoning: { include: true } }, { model: 'o3' }), undefined],
    ['completions', aCall({ prompt: 'hello' }, { model: 'gpt-3.5-turbo-instruct' }), 1],
  ] as const)('asks nobody for %s', async (api, call, tokens) => {
    expect(await count(api, counted, call)).toEqual({ tokens, requests: [] });
  });

  it("asks the Responses API's own endpoint, which knows of all that a request may hold", async () => {
    const call = aCall({ prompt: 'hello', maxOutputTokens: 100 }, { model: 'gpt-5' });
    const { tokens, requests } = await count('responses', counted, call);
    expect(tokens).toBe(11);
    expect(requests.map((request) => JSON.parse(request))).toEqual([
      { model: 'gpt-5', input: [{ role: 'user', content: 'hello' }] },
    ]);
  });

  // The second is what vLLM says, which has stored responses at such addresses.
  it.each([
    [404, '{"detail":"Not Found"}'],
    [405, '{"detail":"Method Not Allowed"}'],
  ])('cannot tell where a server of the Responses API has no such endpoint: %i', async (status, body) => {
    const { tokens } = await count('responses', { status, body });
    expect(tokens).toBeUndefined();
  });

  it('fails where the endpoint does', async () => {
    await expect(count('responses', { status: 500, body: '' })).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_UNAVAILABLE',
    });
  });
});

async function count(
  api: ProviderConfig['api'],
  { status, body }: { status: number; body: string },
  call: ProviderCall = aCall(),
) {
  await using server = await startReplayServer();
  const headers = { 'content-type': 'application/json' };
  server.answerWith({ status, headers, body: Buffer.from(body) }, randomFrom(1));
  const provider = createOpenAiProvider({
    config: { ...providerConfig('openai', `${server.url}/v1`), api },
    connectTimeoutMs: 5000,
    now: Date.now,
  });
  try {
    return { tokens: await provider.countTokens?.(call), requests: [...server.requests] };
  } finally {
    await provider.close();
  }
}
