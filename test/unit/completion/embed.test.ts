import { describe, expect, it } from 'vitest';
import { createEmbedding } from '../../../src/completion/embed.ts';
import { GatewayError } from '../../../src/completion/error.ts';
import type { AnyAnswer, AnyCall, EmbeddingCall, Outcome } from '../../../src/completion/ports/call.ts';
import type { Policy } from '../../../src/completion/ports/policy.ts';
import type { RoutedEmbeddings } from '../../../src/completion/ports/route.ts';
import { EmbedRequest } from '../../../src/gen/sluice/v1/embedding_service.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { aCall, allContents, aRoute, aUsage, openGate, silentTelemetry } from '../../support/builders.ts';

const vectors: RoutedEmbeddings = {
  provider: 'scripted',
  providerModel: 'model-1',
  embeddings: [{ values: [1, 2] }],
  usage: aUsage(),
  warnings: [],
};

/** The flow with a scripted router, and a policy that counts its settlements. */
function aGateway({
  answer = async () => vectors,
  policies = [],
}: {
  answer?: () => Promise<RoutedEmbeddings>;
  policies?: Policy[];
} = {}) {
  const settled: Outcome<AnyAnswer>[] = [];
  const closed: AnyCall[] = [];
  const counting: Policy = { name: 'counting', admit: () => (outcome) => void settled.push(outcome) };
  const route = aRoute({ embed: answer });
  const embedding = createEmbedding({
    gate: openGate,
    policies: [counting, ...policies],
    close: (call) => void closed.push(call),
    contents: allContents,
    router: { resolve: () => route },
    now: Date.now,
  });
  return { embedding, settled, closed };
}

function anEmbeddingCall(said: Partial<EmbeddingCall> = {}): EmbeddingCall {
  const { streamed: _, cacheStatus: __, ...any } = aCall();
  return { ...any, request: EmbedRequest.fromPartial({ model: 'm', texts: ['a'] }), ...said };
}

describe('a call of Embed settles exactly once', () => {
  it('when it finishes, before its caller has the answer', async () => {
    const { embedding, settled } = aGateway();
    const answer = await embedding.run(anEmbeddingCall());
    expect(settled).toEqual([{ ending: 'finished', answer }]);
  });

  it('when the provider fails, with what was billed nevertheless', async () => {
    const usage = aUsage({ inputTokens: 9 });
    const unavailable = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'no', { usage });
    const { embedding, settled } = aGateway({ answer: () => Promise.reject(unavailable) });
    await expect(embedding.run(anEmbeddingCall())).rejects.toBe(unavailable);
    expect(settled).toMatchObject([{ ending: 'failed', error: unavailable, partial: { usage } }]);
  });

  it('when its caller cancels', async () => {
    const left = new GatewayError(ErrorReason.CANCELLED, 'The caller left.');
    const call = anEmbeddingCall();
    const { embedding, settled } = aGateway({
      async answer() {
        call.abort.abort(left);
        throw new Error('socket closed');
      },
    });
    await expect(embedding.run(call)).rejects.toBe(left);
    expect(settled).toMatchObject([{ ending: 'failed', error: left }]);
  });

  it('when a later policy refuses it, and no provider is asked', async () => {
    const slower = new GatewayError(ErrorReason.CALLER_RATE_LIMITED, 'Slower.');
    const full: Policy = { name: 'full', admit: () => Promise.reject(slower) };
    let asked = 0;
    const { embedding, settled } = aGateway({
      policies: [full],
      async answer() {
        asked += 1;
        return vectors;
      },
    });
    await expect(embedding.run(anEmbeddingCall())).rejects.toBe(slower);
    expect(settled).toMatchObject([{ ending: 'failed', error: slower }]);
    expect(asked).toBe(0);
  });

  it('and answers well where settling itself fails, but says so', async () => {
    const clumsy: Policy = { name: 'clumsy', admit: () => () => Promise.reject(new Error('disk full')) };
    const telemetry = silentTelemetry();
    const { embedding, settled } = aGateway({ policies: [clumsy] });
    await expect(embedding.run(anEmbeddingCall({ telemetry }))).resolves.toMatchObject({ id: 'call-1' });
    expect(settled).toHaveLength(1);
    expect(telemetry.quiet).toEqual(['settle clumsy']);
  });

  it('not at all where it is faulty, since no policy was asked', async () => {
    const { embedding, settled } = aGateway();
    const call = anEmbeddingCall({ request: EmbedRequest.fromPartial({ model: 'm' }) });
    await expect(embedding.run(call)).rejects.toMatchObject({ reason: ErrorReason.INVALID_REQUEST });
    expect(settled).toEqual([]);
  });
});
