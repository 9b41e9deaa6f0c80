import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../../../src/completion/error.ts';
import { validateEmbedRequest } from '../../../../src/completion/validation/validate-embed-request.ts';
import { EmbedRequest } from '../../../../src/gen/sluice/v1/embedding_service.ts';

type Said = Parameters<typeof EmbedRequest.fromPartial>[0];

function faultsOf(said: Said): string[] {
  try {
    validateEmbedRequest(EmbedRequest.fromPartial({ model: 'demo', texts: ['a'], ...said }));
    return [];
  } catch (error) {
    return (
      (error as GatewayError).details.violations?.map(
        ({ field, description }) => `${field} ${description}`,
      ) ?? []
    );
  }
}

describe('a request for vectors is refused', () => {
  it.each<[string, Said]>([
    [
      'execution.fallback_models is not empty; vectors of different models cannot be compared',
      { execution: { fallbackModels: ['demo'] } },
    ],
    [
      'execution.connect_timeout is 0s, not above 0 and up to 24 h',
      { execution: { connectTimeout: { seconds: 0, nanos: 0 } } },
    ],
    [
      'execution.response_timeout is -1s, not above 0 and up to 24 h',
      { execution: { responseTimeout: { seconds: -1, nanos: 0 } } },
    ],
  ])('since %s', (sentence, said) => {
    expect(faultsOf(said)).toEqual([sentence]);
  });
});

it('takes a request for vectors with its own time limits', () => {
  const second = { seconds: 1, nanos: 0 };
  const execution = { connectTimeout: second, responseTimeout: second, totalTimeout: second };
  expect(faultsOf({ execution })).toEqual([]);
});
