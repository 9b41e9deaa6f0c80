import { describe, expect, it } from 'vitest';
import type { EmbedCall, Embeddings } from '../../../../src/completion/ports/provider.ts';
import { EmbeddingPurpose } from '../../../../src/gen/sluice/v1/embedding_service.ts';
import { createDemoProvider } from '../../../../src/providers/demo/provider.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const provider = createDemoProvider({ config: providerConfig('demo', 'http://unused') });

describe('vectors of the demo provider', () => {
  it('are the same for the same text, have 64 components and are of length 1', async () => {
    const { embeddings } = await embed({ texts: ['the cat sat', 'the dog sat', 'the cat sat', '', '?!'] });
    const vectors = embeddings.map(({ values }) => values);
    expect(vectors.map((vector) => vector.length)).toEqual([64, 64, 64, 64, 64]);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 10);
    expect(vectors[0]).toEqual(vectors[2]);
    expect(vectors[0]).not.toEqual(vectors[1]);
    expect(await embed({ texts: ['the cat sat'] })).toMatchObject({ embeddings: [{ values: vectors[0] }] });
  });

  it('are closer for texts that share words', async () => {
    const texts = ['The cat sat on the mat.', 'a cat on a mat', 'quarterly interest rates rose'];
    const [cat, alike, other] = (await embed({ texts })).embeddings.map(({ values }) => values);
    expect(cosine(cat, alike)).toBeGreaterThan(cosine(cat, other) + 0.2);
  });

  it.each([1, 3, 4096])('have as many components as are asked for: %i', async (dimensions) => {
    const { embeddings } = await embed({ dimensions });
    expect(embeddings.map(({ values }) => values.length)).toEqual([dimensions]);
  });

  it.each([0, 4097])('cannot have %i components', async (dimensions) => {
    await expect(embed({ dimensions })).rejects.toMatchObject({ reason: 'ERROR_REASON_INVALID_REQUEST' });
  });

  it('are counted by the tokens of their texts', async () => {
    const { usage } = await embed({ texts: ['12345678', 'x'] });
    expect(usage).toMatchObject({ inputTokens: 5, outputTokens: 0, estimated: false });
  });

  it('are what the model demo-embedding is for, and no other one', async () => {
    const { completion, embedding } = provider.capabilities('demo-embedding');
    expect([completion, embedding]).toEqual([false, true]);
    expect(provider.capabilities('demo')).toMatchObject({ completion: true, embedding: false });
    await expect(embed({ model: 'demo' })).rejects.toMatchObject({
      reason: 'ERROR_REASON_MODEL_NOT_FOUND',
    });
    expect(await provider.listModels({ signal: AbortSignal.timeout(1000) })).toContain('demo-embedding');
  });

  it.each([
    ['demo-embedding+fail-429', 'PROVIDER_RATE_LIMITED'],
    ['demo-embedding+fail-503', 'PROVIDER_UNAVAILABLE'],
    ['demo-embedding+break-1', 'PROVIDER_UNAVAILABLE'],
    ['demo-embedding+nothing', 'MODEL_NOT_FOUND'],
  ])('fail as told: %s', async (model, reason) => {
    await expect(embed({ model })).rejects.toMatchObject({ reason: `ERROR_REASON_${reason}` });
  });

  it('wait until they are left where they are told to stall', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('left')), 20);
    await expect(embed({ model: 'demo-embedding+silent', signal: abort.signal })).rejects.toThrow('left');
  });
});

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

async function embed(said: Partial<EmbedCall>): Promise<Embeddings> {
  if (!provider.embed) throw new Error('it cannot embed');
  return provider.embed({
    model: 'demo-embedding',
    texts: ['hello'],
    dimensions: undefined,
    purpose: EmbeddingPurpose.UNSPECIFIED,
    endUser: '',
    signal: AbortSignal.timeout(5000),
    report() {},
    ...said,
  });
}
