import { CompleteResponse, FinishReason } from '../../src/gen/sluice/v1/completion_service.ts';
import { AttemptOutcome, CacheStatus } from '../../src/gen/sluice/v1/execution.ts';
import { Role } from '../../src/gen/sluice/v1/message.ts';

/** Builds an answer with a single text. */
export function textAnswer(text: string): CompleteResponse {
  return CompleteResponse.create({
    id: 'cmpl_1',
    message: { role: Role.ASSISTANT, parts: [{ part: { $case: 'text', value: text } }], name: '' },
    finishReason: FinishReason.STOP,
  });
}

/** Builds an answer with something in every field: bytes, times, big integers, text of all the world. */
export function richAnswer(): CompleteResponse {
  return {
    id: 'cmpl_7',
    model: 'smart',
    message: {
      role: Role.ASSISTANT,
      parts: [
        {
          part: {
            $case: 'reasoning',
            value: { text: 'Let me see…', signature: everyByte(), redacted: false },
          },
        },
        { part: { $case: 'text', value: 'Grüße, 世界 👋\u0000\r\n' } },
        {
          part: {
            $case: 'toolCall',
            value: {
              id: 'call_1',
              name: 'weather',
              arguments: '{"b":1,"a":9007199254740993}',
              signature: everyByte(),
            },
          },
        },
        {
          part: {
            $case: 'image',
            value: { mediaType: 'image/png', source: { $case: 'data', value: everyByte() }, name: 'a.png' },
          },
        },
        { part: { $case: 'citation', value: { title: 'T', uri: 'https://example.com/', text: 'quoted' } } },
      ],
      name: '',
    },
    finishReason: FinishReason.TOOL_CALLS,
    providerFinishReason: 'tool_use',
    usage: {
      inputTokens: 1200,
      cacheReadTokens: 1000,
      cacheWriteTokens: 0,
      outputTokens: 80,
      reasoningTokens: 64,
      estimated: false,
    },
    cost: { nanoUsd: 12_345_678_901, unpriced: false, estimated: true },
    execution: {
      provider: 'anthropic',
      providerModel: 'claude-sonnet-4-5',
      attempts: [
        {
          provider: 'anthropic',
          providerModel: 'claude-sonnet-4-5',
          startTime: new Date('2026-01-02T03:04:05.678Z'),
          duration: { seconds: 1, nanos: 5_000_000 },
          outcome: AttemptOutcome.SUCCEEDED,
          reason: '',
          httpStatus: 200,
          providerRequestId: 'req_1',
        },
      ],
      cacheStatus: CacheStatus.MISS,
      timeToFirstContent: { seconds: 0, nanos: 400_000_000 },
      duration: { seconds: 1, nanos: 6_000_000 },
      gatewayDuration: { seconds: 0, nanos: 1_000_000 },
    },
    warnings: [],
  };
}

function everyByte(): Buffer {
  return Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
}
