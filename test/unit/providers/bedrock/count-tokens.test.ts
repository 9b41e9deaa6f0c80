import { describe, expect, it } from 'vitest';
import { aCall } from './a-call.ts';
import { providerAt, type Reply, startBedrockServer } from './bedrock-server.ts';

const PROFILE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

async function counted(reply: Reply, model: string) {
  await using server = await startBedrockServer(() => reply);
  const provider = providerAt(server.url);
  const call = aCall(
    { prompt: 'hi', maxOutputTokens: 5, sampling: { topK: 3 }, tools: [{ name: 'now' }] },
    { model, options: { guardrailConfig: { guardrailIdentifier: 'g' } } },
  );
  const tokens = await provider.countTokens?.(call);
  await provider.close();
  return { tokens, asked: server.requests.map(({ url, body }) => ({ url, body: JSON.parse(body) })) };
}

const failed = (message: string): Reply => ({
  status: 400,
  headers: { 'x-amzn-errortype': 'ValidationException' },
  body: JSON.stringify({ message }),
});

describe('counting tokens', () => {
  it('asks about the foundation model, with what counts', async () => {
    const { tokens, asked } = await counted({ body: '{"inputTokens":38}' }, PROFILE);
    expect(tokens).toBe(38);
    expect(asked).toEqual([
      {
        url: '/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens',
        body: {
          input: {
            converse: {
              messages: [{ role: 'user', content: [{ text: 'hi' }] }],
              toolConfig: {
                tools: [
                  { toolSpec: { name: 'now', inputSchema: { json: { type: 'object', properties: {} } } } },
                ],
              },
              additionalModelRequestFields: { top_k: 3 },
            },
          },
        },
      },
    ]);
  });

  // Texts as they were reported in pydantic/pydantic-ai#4001 and BerriAI/litellm#34272.
  it.each([
    ["The provided model doesn't support counting tokens.", 'meta.llama3-1-8b-instruct-v1:0'],
    ['The provided model identifier is invalid.', PROFILE],
  ])('cannot be done where Bedrock says "%s" of %s', async (message, model) => {
    expect((await counted(failed(message), model)).tokens).toBeUndefined();
  });

  it('fails for a model that there is not', async () => {
    await expect(
      counted(failed('The provided model identifier is invalid.'), 'nobody.knows'),
    ).rejects.toThrow('knows no such model');
  });
});
