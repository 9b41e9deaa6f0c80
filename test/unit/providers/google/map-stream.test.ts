import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import type { CompletionEvent } from '../../../../src/completion/ports/events.ts';
import type { ResponseFacts } from '../../../../src/completion/ports/provider.ts';
import { FinishReason } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { mapAnswer } from '../../../../src/providers/google/map-answer.ts';
import { createStreamDecoder } from '../../../../src/providers/google/map-stream.ts';
import { createResponseReader } from '../../../../src/providers/google/response-reader.ts';
import { aProviderCall } from './google-request.ts';

const NO_SIGNATURE = Buffer.alloc(0);
const STOP = { candidates: [{ finishReason: 'STOP' }] };

describe('decoding a stream of chunks', () => {
  it('takes the parts of a chunk one by one', () => {
    const parts = [
      { text: 'hm', thought: true },
      { text: 'Hello', thoughtSignature: 'c2ln' },
      { functionCall: { name: 'add', args: { b: 1, a: 2 } }, thoughtSignature: 'c2ln' },
      { functionCall: { name: 'now' } },
      { inlineData: { mimeType: 'image/png', data: 'cG5n' } },
    ];
    const image = { mediaType: 'image/png', source: { $case: 'data', value: Buffer.from('png') }, name: '' };
    const signature = Buffer.from('c2ln');
    expect(decode([chunk(...parts), STOP]).events).toEqual([
      { $case: 'reasoningDelta', value: { text: 'hm', signature: NO_SIGNATURE } },
      { $case: 'textDelta', value: { text: 'Hello' } },
      {
        $case: 'part',
        value: { part: { $case: 'reasoning', value: { text: '', signature, redacted: true } } },
      },
      { $case: 'toolCallStarted', value: { index: 0, id: 'call_r1_0', name: 'add', signature } },
      { $case: 'toolCallDelta', value: { index: 0, arguments: '{"b":1,"a":2}' } },
      {
        $case: 'toolCallStarted',
        value: { index: 1, id: 'call_r1_1', name: 'now', signature: NO_SIGNATURE },
      },
      { $case: 'toolCallDelta', value: { index: 1, arguments: '{}' } },
      { $case: 'part', value: { part: { $case: 'image', value: image } } },
      finished(FinishReason.TOOL_CALLS, 'STOP'),
    ]);
  });

  it('passes over what it does not know, and other candidates', () => {
    const unknown = [
      { executableCode: { code: '1' }, thoughtSignature: 'c2ln' },
      { text: '' },
      { functionResponse: {} },
      {},
    ];
    const { events } = decode([
      { hello: 'world' },
      chunk(...unknown),
      {
        candidates: [
          { index: 1, content: { parts: [{ text: 'B' }] } },
          { index: 0, content: { parts: [{ text: 'A' }] } },
        ],
      },
      { candidates: [{ content: {} }] },
      STOP,
    ]);
    expect(events).toEqual([
      { $case: 'textDelta', value: { text: 'A' } },
      finished(FinishReason.STOP, 'STOP'),
    ]);
  });

  it('gives calls ids that are unique over answers that have no id themselves', () => {
    const add = { candidates: [{ content: { parts: [{ functionCall: { name: 'add' } }] } }] };
    const idsAt = (ms: number) =>
      decode([add, add, STOP], { now: () => ms }).events.flatMap((event) =>
        event.$case === 'toolCallStarted' ? [event.value.id] : [],
      );
    expect(idsAt(35)).toEqual(['call_z_0', 'call_z_1']);
    expect(idsAt(36)).toEqual(['call_10_0', 'call_10_1']);
  });

  it('keeps the last of each count, since they grow, and adds up what Gemini counts apart', () => {
    const { events } = decode([
      {
        ...chunk({ text: 'a' }),
        usageMetadata: { promptTokenCount: 10, totalTokenCount: 10, trafficType: 'ON_DEMAND' },
      },
      {
        usageMetadata: {
          promptTokenCount: 10,
          toolUsePromptTokenCount: 5,
          cachedContentTokenCount: 4,
          candidatesTokenCount: 2,
          thoughtsTokenCount: 30,
        },
      },
      { ...STOP, usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 3 } },
    ]);
    const usage = {
      inputTokens: 15,
      cacheReadTokens: 4,
      cacheWriteTokens: 0,
      outputTokens: 33,
      reasoningTokens: 30,
      estimated: false,
    };
    expect(events.at(-1)).toEqual({
      ...finished(FinishReason.STOP, 'STOP'),
      value: { ...finished(FinishReason.STOP, 'STOP').value, usage },
    });
  });

  it.each([[{}], [{ totalTokenCount: 12 }], [{ candidatesTokenCount: 3 }]])(
    'calls %j estimated',
    (usageMetadata) => {
      expect(decode([chunk({ text: 'a' }), { ...STOP, usageMetadata }]).events.at(-1)).toMatchObject({
        value: { usage: { estimated: true } },
      });
    },
  );

  it('tells every source once, at the end', () => {
    const recited = {
      citationMetadata: {
        citationSources: [{ uri: 'https://a.example', startIndex: 1 }, { license: 'mit' }],
      },
    };
    const found = {
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'https://b.example', title: 'B' } }, { maps: {} }],
      },
    };
    const { events } = decode([
      { candidates: [{ content: { parts: [{ text: 'a' }] }, ...recited }] },
      { candidates: [{ content: { parts: [{ text: 'b' }] }, ...recited, ...found }] },
      {
        candidates: [
          {
            finishReason: 'STOP',
            ...found,
            citationMetadata: { citations: [{ uri: 'https://c.example', title: 'C' }] },
          },
        ],
      },
    ]);
    expect(events.slice(2, -1)).toEqual([
      citation('', 'https://a.example'),
      citation('B', 'https://b.example'),
      citation('C', 'https://c.example'),
    ]);
  });

  it('lets the last word on the end count, and text after the first', () => {
    const first = { candidates: [{ content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' }] };
    const { events } = decode([
      first,
      chunk({ text: 'b' }),
      { candidates: [{ finishReason: 'RECITATION' }] },
    ]);
    expect(events).toEqual([
      { $case: 'textDelta', value: { text: 'a' } },
      { $case: 'textDelta', value: { text: 'b' } },
      finished(FinishReason.CONTENT_FILTER, 'RECITATION'),
    ]);
  });

  it('tells id and model of the response once, when they are known', () => {
    const { facts } = decode([{ usageMetadata: {} }, chunk({ text: 'a' }), chunk({ text: 'b' }), STOP]);
    expect(facts.filter((told) => Object.keys(told).length > 0)).toEqual([
      { responseId: 'r1', responseModel: 'gemini-3-flash-001' },
    ]);
  });

  it.each([
    ['STOP', 'STOP', 'TOOL_CALLS'],
    [1, 'STOP', 'TOOL_CALLS'],
    ['MAX_TOKENS', 'LENGTH', 'LENGTH'],
    ['SAFETY', 'CONTENT_FILTER', 'CONTENT_FILTER'],
    ['RECITATION', 'CONTENT_FILTER', 'CONTENT_FILTER'],
    ['BLOCKLIST', 'CONTENT_FILTER', 'CONTENT_FILTER'],
    ['PROHIBITED_CONTENT', 'CONTENT_FILTER', 'CONTENT_FILTER'],
    ['SPII', 'CONTENT_FILTER', 'CONTENT_FILTER'],
    ['MODEL_ARMOR', 'CONTENT_FILTER', 'CONTENT_FILTER'],
    ['MALFORMED_FUNCTION_CALL', 'OTHER', 'OTHER'],
    ['UNEXPECTED_TOOL_CALL', 'OTHER', 'OTHER'],
    ['OTHER', 'OTHER', 'OTHER'],
    ['SOMETHING_NEW', 'OTHER', 'OTHER'],
    [77, 'OTHER', 'OTHER'],
  ])('maps the end %s to %s, and to %s where tools were called', (finishReason, alone, withCalls) => {
    const end = { candidates: [{ finishReason }] };
    expect(reasonsOf([end])).toEqual([`FINISH_REASON_${alone}`]);
    expect(reasonsOf([chunk({ functionCall: { name: 'add' } }), end])).toEqual([
      `FINISH_REASON_${withCalls}`,
    ]);
  });
});

describe('an answer that is none', () => {
  const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } };

  it.each<[string, unknown, string]>([
    ['a blocked prompt', blocked, 'CONTENT_BLOCKED'],
    ['a call without a name', chunk({ functionCall: { args: {} } }), 'PROVIDER_RESPONSE_INVALID'],
    ['parts that are none', { candidates: [{ content: { parts: 'x' } }] }, 'PROVIDER_RESPONSE_INVALID'],
    ['an error', { error: { code: 500, status: 'INTERNAL' } }, 'PROVIDER_UNAVAILABLE'],
    ['an error of unknown form', { error: 'no' }, 'PROVIDER_UNAVAILABLE'],
  ])('is %s: whole and streamed', (_, response, reason) => {
    expect(failureOf(() => decode([response, STOP]))).toBe(reason);
    expect(failureOf(() => answer([response, STOP]))).toBe(reason);
  });

  it('is one whose end is missing', () => {
    expect(failureOf(() => decode([chunk({ text: 'a' })]))).toBe('PROVIDER_UNAVAILABLE');
    expect(failureOf(() => answer([chunk({ text: 'a' })]))).toBe('PROVIDER_RESPONSE_INVALID');
    expect(failureOf(() => answer([]))).toBe('PROVIDER_RESPONSE_INVALID');
  });

  it('names the reason of a block, not its text', () => {
    expect(() => answer([blocked])).toThrow(
      'google answered with an error (SAFETY): its content filter refused the input.',
    );
  });
});

function chunk(...parts: object[]): object {
  return {
    responseId: 'r1',
    modelVersion: 'gemini-3-flash-001',
    candidates: [{ index: 0, content: { role: 'model', parts } }],
  };
}

function decode(
  chunks: unknown[],
  { now = (): number => 0 } = {},
): { events: CompletionEvent[]; facts: ResponseFacts[] } {
  const facts: ResponseFacts[] = [];
  const call = aProviderCall({}, { report: (told) => facts.push(told) });
  const decoder = createStreamDecoder(createResponseReader({ call, provider: 'google', now }), 'google');
  const events = chunks.flatMap((one) => decoder.decode({ data: JSON.stringify(one) }));
  return { events: [...events, ...decoder.end()], facts };
}

function answer(chunks: unknown[]) {
  const reader = createResponseReader({ call: aProviderCall(), provider: 'google', now: () => 0 });
  return mapAnswer(JSON.stringify(chunks), reader, []);
}

function reasonsOf(chunks: unknown[]): string[] {
  return decode(chunks).events.flatMap((event) =>
    event.$case === 'finished' ? [event.value.finishReason] : [],
  );
}

function failureOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error instanceof GatewayError ? reasonName(error.reason) : error;
  }
}

function citation(title: string, uri: string): unknown {
  return { $case: 'part', value: { part: { $case: 'citation', value: { title, uri, text: '' } } } };
}

function finished(finishReason: FinishReason, providerFinishReason: string) {
  const usage = {
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  };
  return { $case: 'finished', value: { finishReason, providerFinishReason, usage } };
}
