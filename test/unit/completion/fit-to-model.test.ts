import { describe, expect, it } from 'vitest';
import { fitToModel } from '../../../src/completion/fit-to-model.ts';
import type { ModelCapabilities } from '../../../src/completion/ports/provider.ts';
import { aRequest, everything } from '../../support/builders.ts';

const fitted = (
  said: Parameters<typeof aRequest>[0],
  capabilities: Partial<ModelCapabilities>,
  unsupported: 'drop' | 'reject' = 'drop',
) =>
  fitToModel(aRequest(said), { model: 'p/m', capabilities: { ...everything, ...capabilities }, unsupported });

describe('a request that the model cannot honour', () => {
  it('loses its unsupported sampling parameters, each with a warning', () => {
    const { request, warnings } = fitted(
      { sampling: { temperature: 0, topP: 0.9, topK: 5, seed: 1, presencePenalty: 1, frequencyPenalty: 1 } },
      { maxTemperature: 0, topK: false, seed: false, presencePenalty: false, frequencyPenalty: false },
    );
    expect(request.sampling).toMatchObject({
      topP: 0.9,
      temperature: undefined,
      topK: undefined,
      seed: undefined,
    });
    expect(warnings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      'PARAMETER_DROPPED sampling.temperature',
      'PARAMETER_DROPPED sampling.top_k',
      'PARAMETER_DROPPED sampling.seed',
      'PARAMETER_DROPPED sampling.presence_penalty',
      'PARAMETER_DROPPED sampling.frequency_penalty',
    ]);
  });

  it('has its temperature clamped and its stop texts cut, with warnings', () => {
    const { request, warnings } = fitted(
      { sampling: { temperature: 1.5, stop: ['a', 'b', 'c'] } },
      { maxTemperature: 1, maxStopTexts: 2 },
    );
    expect(request.sampling).toMatchObject({ temperature: 1, stop: ['a', 'b'] });
    expect(warnings.map(({ message }) => message)).toEqual([
      'p/m: temperature 1.5 was lowered to its highest, 1.',
      'p/m: sampling.stop was dropped, since it takes at most 2 stop texts.',
    ]);
  });

  it('is refused where it asks to be, naming every field', () => {
    expect(() => fitted({ sampling: { topK: 5, seed: 1 } }, { topK: false, seed: false }, 'reject')).toThrow(
      expect.objectContaining({
        reason: 'ERROR_REASON_UNSUPPORTED_PARAMETER',
        message: 'p/m cannot honour sampling.top_k, sampling.seed.',
      }),
    );
  });

  it.each<[string, Parameters<typeof aRequest>[0], Partial<ModelCapabilities>]>([
    ['tools', { tools: [{ name: 'f' }] }, { tools: false }],
    [
      'response_format.json_object',
      { responseFormat: { format: { $case: 'jsonObject', value: {} } } },
      { jsonObject: false },
    ],
    [
      'response_format.json_schema',
      { responseFormat: { format: { $case: 'jsonSchema', value: { schema: '{}' } } } },
      { jsonSchema: false },
    ],
    [
      'messages[0].parts[0].audio',
      { messages: [{ role: 'ROLE_USER', parts: [{ part: { $case: 'audio', value: {} } }] }] },
      { audioInput: false },
    ],
  ])('is refused for %s even where parameters may be dropped', (field, said, capabilities) => {
    expect(() => fitted(said, capabilities)).toThrow(`p/m cannot honour ${field}.`);
  });

  it('passes unchanged, the same object, where the model takes it all', () => {
    const request = aRequest({ sampling: { temperature: 2 } });
    const result = fitToModel(request, { model: 'p/m', capabilities: everything, unsupported: 'reject' });
    expect(result.request).toBe(request);
    expect(result.warnings).toEqual([]);
  });
});
