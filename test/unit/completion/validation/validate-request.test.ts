import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../../../src/completion/error.ts';
import { validateRequest } from '../../../../src/completion/validation/validate-request.ts';
import type { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { aRequest } from '../../../support/builders.ts';

type Said = Parameters<typeof aRequest>[0];

const part = (value: object) => ({ messages: [{ role: 'ROLE_USER', parts: [{ part: value }] }] }) as Said;
const say = (role: string, value: object) => ({ messages: [{ role, parts: [{ part: value }] }] }) as Said;
const image = (value: object) => part({ $case: 'image', value });

function faultsOf(request: CompleteRequest): string[] {
  try {
    validateRequest(request);
    return [];
  } catch (error) {
    return (
      (error as GatewayError).details.violations?.map(
        ({ field, description }) => `${field} ${description}`,
      ) ?? []
    );
  }
}

describe('a request is refused', () => {
  it.each<[string, Said]>([
    ['model is empty; name an alias or provider/model, such as "demo"', { model: '' }],
    ['messages is empty, and so is prompt; say something in either', { prompt: '' }],
    [
      'messages[0].role is not set; use ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT or ROLE_TOOL',
      { messages: [{ parts: [] }] },
    ],
    [
      'messages[0].parts is empty; a message has at least one part',
      { messages: [{ role: 'ROLE_USER', parts: [] }] },
    ],
    [
      'messages[0].parts[0] is empty, or of a kind that this version does not know',
      { messages: [{ role: 'ROLE_USER', parts: [{}] }] },
    ],
    [
      'messages[0].parts[0].tool_call does not belong in a message of ROLE_USER',
      part({ $case: 'toolCall', value: { id: 'a', name: 'f' } }),
    ],
    [
      'messages[0].parts[0].image does not belong in a message of ROLE_SYSTEM',
      say('ROLE_SYSTEM', { $case: 'image', value: {} }),
    ],
    [
      'messages[0].parts[0].tool_call.arguments is not the text of a JSON object',
      say('ROLE_ASSISTANT', { $case: 'toolCall', value: { id: 'a', name: 'f', arguments: '[1]' } }),
    ],
    [
      'messages[0].parts[0].tool_result.tool_call_id is empty; repeat the id of the call that this answers',
      say('ROLE_TOOL', { $case: 'toolResult', value: { content: 'x' } }),
    ],
    ['messages[0].parts[0].image has neither data nor uri', image({ mediaType: 'image/png' })],
    [
      'messages[0].parts[0].image.media_type is required with data',
      image({ source: { $case: 'data', value: Buffer.from('x') } }),
    ],
    [
      'messages[0].parts[0].image.media_type "audio/wav" is not a type of image',
      image({ mediaType: 'audio/wav', source: { $case: 'uri', value: 'https://a/b' } }),
    ],
    [
      'messages[0].parts[0].image.uri is not an https address',
      image({ source: { $case: 'uri', value: 'http://169.254.169.254/' } }),
    ],
    ['max_output_tokens is 0, not at least 1', { maxOutputTokens: 0 }],
    ['sampling.temperature is 2.5, not between 0 and 2', { sampling: { temperature: 2.5 } }],
    ['sampling.temperature is NaN, not between 0 and 2', { sampling: { temperature: Number.NaN } }],
    ['sampling.top_p is 0, not above 0 and up to 1', { sampling: { topP: 0 } }],
    ['sampling.stop[1] is empty', { sampling: { stop: ['a', ''] } }],
    ['tools[0].name is not 1 to 64 letters, digits, _ or -', { tools: [{ name: 'get weather' }] }],
    ['tools[1].name "f" is the name of another tool too', { tools: [{ name: 'f' }, { name: 'f' }] }],
    [
      'tools[0].parameters is not the text of a JSON object; give a JSON Schema, or nothing',
      { tools: [{ name: 'f', parameters: '{' }] },
    ],
    [
      'tool_choice.name "g" is not the name of one of the tools',
      { tools: [{ name: 'f' }], toolChoice: { choice: { $case: 'name', value: 'g' } } },
    ],
    [
      'tool_choice.mode is TOOL_MODE_REQUIRED, but there are no tools',
      { toolChoice: { choice: { $case: 'mode', value: 'TOOL_MODE_REQUIRED' } } },
    ],
    [
      'response_format.json_schema.schema is not the text of a JSON object',
      { responseFormat: { format: { $case: 'jsonSchema', value: { schema: '' } } } },
    ],
    ['reasoning.budget_tokens is negative', { reasoning: { budgetTokens: -1 } }],
    [
      'execution.idle_timeout is 0s, not above 0 and up to 24 h',
      { execution: { idleTimeout: { seconds: 0, nanos: 0 } } },
    ],
    ['execution.max_attempts is 0, not at least 1', { execution: { maxAttempts: 0 } }],
    ['cache.ttl is -1s, not above 0 and up to 24 h', { cache: { ttl: { seconds: -1, nanos: 0 } } }],
    ['provider_options["openai"] is not the text of a JSON object', { providerOptions: { openai: '"x"' } }],
    [
      'provider_options["openai"].model would choose another model; ask for it by `model`',
      { providerOptions: { openai: '{"model":"a-dearer-one"}' } },
    ],
    [
      'provider_options["openai-compatible"].models would choose another model; ask for it by `model`',
      { providerOptions: { 'openai-compatible': '{"models":[]}' } },
    ],
    ...(
      [
        ['openai', '.n', '{"n":2}', '2'],
        ['openai-compatible', '.best_of', '{"n":1,"best_of":3}', '3'],
        ['google', '.generationConfig.candidateCount', '{"generationConfig":{"candidateCount":8}}', '8'],
        [
          'google',
          '.generation_config.candidate_count',
          '{"generation_config":{"candidate_count":"2"}}',
          '"2"',
        ],
        ['cohere', '.num_generations', '{"num_generations":5}', '5'],
        ['bedrock', '.additionalModelRequestFields.n', '{"additionalModelRequestFields":{"n":null}}', 'null'],
        ['huggingface', '.parameters.num_return_sequences', '{"parameters":{"num_return_sequences":2}}', '2'],
      ] as const
    ).map(
      ([kind, path, json, value]) =>
        [
          `provider_options["${kind}"]${path} is ${value}: it would be billed for several answers, and a call has one; leave it out and call again for more`,
          { providerOptions: { [kind]: json } },
        ] as [string, { providerOptions: Record<string, string> }],
    ),
    ['request_id is not supported by this version; leave it unset', { requestId: 'b7a4' }],
    [
      'labels has 17 labels, more than 16',
      { labels: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`label-${n}`, 'x'])) },
    ],
    ['labels has a label without a name', { labels: { '': 'x' } }],
    ['labels["team"] has 257 characters, more than 256', { labels: { team: 'x'.repeat(257) } }],
    [
      'execution.connect_timeout is 0s, not above 0 and up to 24 h',
      { execution: { connectTimeout: { seconds: 0, nanos: 0 } } },
    ],
    [
      'execution.response_timeout is 86401s, not above 0 and up to 24 h',
      { execution: { responseTimeout: { seconds: 86_401, nanos: 0 } } },
    ],
    [
      'execution.fallback_models has 9 models, more than 8',
      { execution: { fallbackModels: new Array(9).fill('demo') } },
    ],
    [
      'execution.fallback_models[1] is empty; name an alias or provider/model, such as "demo"',
      { execution: { fallbackModels: ['demo', ''] } },
    ],
    [
      'execution.fallback_models[0] has 257 characters, more than 256',
      { execution: { fallbackModels: ['m'.repeat(257)] } },
    ],
    [
      'execution.mid_stream has a value that this version does not know',
      { execution: { midStream: 'UNRECOGNIZED' } },
    ],
  ])('since %s', (sentence, said) => {
    expect(faultsOf(aRequest(said))).toEqual([sentence]);
  });

  it('for all its faults at once', () => {
    expect(faultsOf(aRequest({ model: '', maxOutputTokens: -1, tools: [{ name: '' }] }))).toHaveLength(3);
  });
});

describe('a request is taken', () => {
  it('with every kind of part where it belongs', () => {
    const request = aRequest({
      messages: [
        { role: 'ROLE_SYSTEM', parts: [{ part: { $case: 'text', value: 'Be brief.' } }] },
        {
          role: 'ROLE_USER',
          parts: [
            {
              part: {
                $case: 'document',
                value: {
                  mediaType: 'application/pdf',
                  source: { $case: 'data', value: Buffer.from('%PDF') },
                },
              },
            },
          ],
        },
        {
          role: 'ROLE_ASSISTANT',
          parts: [{ part: { $case: 'toolCall', value: { id: 'a', name: 'f', arguments: '' } } }],
        },
        {
          role: 'ROLE_TOOL',
          parts: [{ part: { $case: 'toolResult', value: { toolCallId: 'a', content: '' } } }],
        },
      ],
      sampling: { temperature: 0, topP: 1, stop: ['END'] },
      execution: { totalTimeout: { seconds: 86_400, nanos: 0 }, midStream: 'MID_STREAM_POLICY_FAIL' },
    });
    expect(faultsOf(request)).toEqual([]);
  });

  it('with as many models to fall back to as there may be, by names as long as they may be', () => {
    const fallbackModels = new Array(8).fill('m'.repeat(256));
    expect(faultsOf(aRequest({ execution: { fallbackModels } }))).toEqual([]);
  });

  it.each([
    ['openai', '{"n":1,"best_of":1,"service_tier":"flex"}'],
    ['google', '{"generationConfig":{"candidateCount":1,"topK":3}}'],
    ['openai', '{"metadata":{"n":"2"},"tools":[{"n":2}],"parameters":null}'],
  ])('with options that ask for one answer: %s %s', (kind, json) => {
    expect(faultsOf(aRequest({ providerOptions: { [kind]: json } }))).toEqual([]);
  });

  it.each(['MID_STREAM_POLICY_FAIL', 'MID_STREAM_POLICY_RESTART', 'MID_STREAM_POLICY_CONTINUE'] as const)(
    'with %s',
    (midStream) => {
      expect(faultsOf(aRequest({ execution: { midStream } }))).toEqual([]);
    },
  );
});
