import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../../src/completion/cache-key.ts';
import { CompleteRequest } from '../../../src/gen/sluice/v1/completion_service.ts';
import { aCall, aCaller, aRequest } from '../../support/builders.ts';

type Said = Parameters<typeof aRequest>[0];

const digest = (said: Said, targets = ['p/m'], caller = 'anonymous', contentPolicy = '') =>
  cacheKey(aCall({ request: aRequest(said), caller: aCaller({ name: caller }) }), { targets, contentPolicy })
    .digest;
const plain = digest({});

describe('the key of a stored answer', () => {
  // One example for each field that can change the answer; the list is checked against the contract below.
  const separating: Record<string, Said> = {
    model: { model: 'other' },
    prompt: { prompt: 'other' },
    messages: { messages: [{ role: 'ROLE_USER', parts: [{ part: { $case: 'text', value: 'before' } }] }] },
    maxOutputTokens: { maxOutputTokens: 5 },
    sampling: { sampling: { temperature: 0 } },
    tools: { tools: [{ name: 'f' }] },
    toolChoice: { toolChoice: { choice: { $case: 'mode', value: 'TOOL_MODE_NONE' } } },
    responseFormat: { responseFormat: { format: { $case: 'jsonObject', value: {} } } },
    reasoning: { reasoning: { effort: 'REASONING_EFFORT_LOW' } },
    providerOptions: { providerOptions: { openai: '{"a":1}' } },
  };
  const neutral: Record<string, Said> = {
    execution: { execution: { totalTimeout: { seconds: 5, nanos: 0 }, maxAttempts: 1 } },
    cache: { cache: { mode: 'CACHE_MODE_REFRESH', ttl: { seconds: 5, nanos: 0 } } },
    requestId: { requestId: 'x' },
    endUser: { endUser: 'u' },
    labels: { labels: { a: 'b' } },
  };

  it.each(Object.entries(separating))('differs by %s', (_, said) => {
    expect(digest(said)).not.toBe(plain);
  });

  it.each(Object.entries(neutral))('is the same whatever %s says', (_, said) => {
    expect(digest(said)).toBe(plain);
  });

  it('has an opinion about every field of the request', () => {
    const fields = Object.keys(CompleteRequest.fromPartial({}));
    const optional = [
      'maxOutputTokens',
      'sampling',
      'toolChoice',
      'responseFormat',
      'reasoning',
      'execution',
      'cache',
    ];
    expect(Object.keys({ ...separating, ...neutral }).sort()).toEqual(
      [...new Set([...fields, ...optional])].sort(),
    );
  });

  it('differs by namespace, caller, targets, and the policy on parameters', () => {
    const keys = [
      plain,
      digest({ cache: { namespace: 'n' } }),
      digest({}, ['p/m'], 'checkout'),
      digest({}, ['p/m'], 'anonymous', '{"redact":["email"]}'),
      digest({}, ['p/m', 'q/n']),
      digest({ execution: { unsupportedParameters: 'UNSUPPORTED_PARAMETER_POLICY_REJECT' } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('tells temperature 0 from none', () => {
    expect(digest({ sampling: { temperature: 0 } })).not.toBe(digest({ sampling: {} }));
  });

  it('is one for the shorthand and what it stands for, and for provider options in any order', () => {
    const message = {
      role: 'ROLE_USER' as const,
      parts: [{ part: { $case: 'text' as const, value: 'hello' } }],
    };
    expect(digest({ prompt: '', messages: [message] })).toBe(plain);
    expect(digest({ providerOptions: { a: '{}', b: '{}' } })).toBe(
      digest({ providerOptions: { b: '{}', a: '{}' } }),
    );
  });
});
