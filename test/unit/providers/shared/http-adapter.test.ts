import { expect, it } from 'vitest';
import { GatewayError } from '../../../../src/completion/error.ts';
import type { ProviderCall } from '../../../../src/completion/ports/provider.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { createHttpAdapter } from '../../../../src/providers/shared/http-adapter.ts';

const warning = { code: 'PARAMETER_DROPPED', field: 'tools[0].strict', message: 'strict was dropped.' };

/** An adapter whose requests cannot say everything, and which tells whether it sent one all the same. */
function anAdapter() {
  const sent: unknown[] = [];
  const adapter = createHttpAdapter({
    mapRequest: () => ({ warnings: [warning] }),
    send: async (_, request) => {
      sent.push(request);
      throw new Error('sent');
    },
    mapAnswer: () => Promise.reject(new Error('not reached')) as never,
    createStreamDecoder: () => Promise.reject(new Error('not reached')) as never,
    mapUnstreamed: () => [],
    listModels: async () => [],
    mapError: (thrown) =>
      thrown instanceof GatewayError
        ? thrown
        : new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, String(thrown)),
  });
  return { adapter, sent };
}

function aCall(unsupported: 'drop' | 'reject'): ProviderCall {
  return {
    model: 'm',
    request: CompleteRequest.fromPartial({ model: 'm', prompt: 'hi' }),
    options: undefined,
    defaultMaxOutputTokens: 1,
    unsupported,
    signal: new AbortController().signal,
    report() {},
  };
}

it('refuses what only the mapping finds that the vendor cannot be told, where the call says so', async () => {
  const { adapter, sent } = anAdapter();
  const refusal = {
    reason: ErrorReason.UNSUPPORTED_PARAMETER,
    details: { violations: [{ field: 'tools[0].strict', description: 'm: strict was dropped.' }] },
  };
  await expect(adapter.complete(aCall('reject'))).rejects.toMatchObject(refusal);
  await expect(adapter.stream(aCall('reject'))[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal);
  expect(sent).toHaveLength(0);
  await expect(adapter.complete(aCall('drop'))).rejects.toMatchObject({ message: 'Error: sent' });
  expect(sent).toHaveLength(1);
});
