import { SluiceError } from '@sluice/client';
import { describe, expect, it, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

/** One request at once, and one more after twelve seconds. */
const limits = { requestsPerMinute: 7 };

const configuration = (provider: object, redis?: RedisServer) => ({
  providers: { p: { kind: 'demo', ...provider } },
  ...(redis && { redis: { url: redis.url, commandTimeout: '400ms' } }),
  cache: { enabled: false },
});

const complete = ({ client }: Gateway) => client.complete({ model: 'p/demo', prompt: 'hello' });
const embed = ({ client }: Gateway) => client.embeddings.embed({ model: 'p/demo-embedding', texts: ['a'] });

async function endOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'OK';
  } catch (error) {
    if (error instanceof SluiceError) return error.reason;
    throw error;
  }
}

describe('the limits of a provider', () => {
  it('hold completions and texts to embed together', async () => {
    await using gateway = await startGateway(configuration({ limits }));
    expect(await endOf(embed(gateway))).toBe('OK');
    expect(await endOf(complete(gateway))).toBe('GATEWAY_OVERLOADED');
    expect(await endOf(embed(gateway))).toBe('GATEWAY_OVERLOADED');
  });

  it('hold tokens by what an answer really used, once it is there', async () => {
    // A thousand at once; without max_output_tokens 500 are guessed for an answer of a few.
    await using gateway = await startGateway(configuration({ limits: { tokensPerMinute: 10_000 } }));
    for (let n = 0; n < 8; n++) expect(await endOf(complete(gateway))).toBe('OK');
  });

  it('are not asked where a provider is only looked at', async () => {
    await using gateway = await startGateway(configuration({ limits }));
    expect(await endOf(complete(gateway))).toBe('OK');
    const { admin, models } = gateway.client;
    await admin.checkProvider({ name: 'p' });
    await models.countTokens({ request: { model: 'p/demo', prompt: 'hello' } });
  });

  it('remember across a reload with other numbers what was used', async () => {
    await using gateway = await startGateway(configuration({ limits }));
    expect(await endOf(complete(gateway))).toBe('OK');
    gateway.write(configuration({ limits: { requestsPerMinute: 8 } }));
    await gateway.reload({ validateOnly: false, by: { signal: 'SIGHUP' } });
    expect(await endOf(complete(gateway))).toBe('GATEWAY_OVERLOADED');
    gateway.write(configuration({}));
    await gateway.reload({ validateOnly: false, by: { signal: 'SIGHUP' } });
    expect(await endOf(complete(gateway))).toBe('OK');
  });

  it('are shared through Redis, and held by each gateway while that is away', async () => {
    await using redis = await startRedis();
    await using one = await startGateway(configuration({ limits }, redis));
    await using two = await startGateway(configuration({ limits }, redis));
    for (const { client } of [one, two]) await vi.waitFor(() => client.usage.summarizeUsage({}), 10_000);
    expect(await endOf(complete(one))).toBe('OK');
    expect(await endOf(complete(two))).toBe('GATEWAY_OVERLOADED');
    await redis.stop();
    expect(await endOf(complete(two))).toBe('OK');
    expect(await endOf(complete(two))).toBe('GATEWAY_OVERLOADED');
  });
});
