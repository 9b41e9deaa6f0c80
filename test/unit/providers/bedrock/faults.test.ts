import { ErrorReason } from '../../../../src/gen/sluice/v1/error.ts';
import { exceptionFrame, frame } from '../../../wire/event-stream-frames.ts';
import { testFaults } from '../../../wire/faults.ts';
import { providerAt } from './bedrock-server.ts';

const throttled = { message: 'Too many requests, please wait before trying again.' };
const next = frame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":" there"}}');

testFaults({
  title: 'Bedrock',
  createProvider: providerAt,
  opening: Buffer.concat([
    frame('messageStart', '{"role":"assistant"}'),
    frame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"Hello"}}'),
  ]),
  // No recording has one; as the API reference of ConverseStream has it.
  errorEvent: {
    event: exceptionFrame('throttlingException', JSON.stringify(throttled)),
    reason: ErrorReason.PROVIDER_RATE_LIMITED,
  },
  // As AWS's front end answers a path that it does not know.
  errorBody: {
    body: JSON.stringify({
      Output: { __type: 'com.amazon.coral.service#UnknownOperationException' },
      Version: '1.0',
    }),
    reason: ErrorReason.PROVIDER_RESPONSE_INVALID,
  },
  framing: {
    contentType: 'application/vnd.amazon.eventstream',
    half: next.subarray(0, -9),
    broken: [
      { what: 'an event is not JSON', event: frame('contentBlockDelta', '{"half') },
      { what: 'an event is no object', event: frame('contentBlockDelta', '7') },
      { what: 'an event is changed on its way', event: changedAt(next, next.length - 6) },
      { what: 'the length of an event is changed on its way', event: changedAt(next, 3) },
      { what: 'an event is server-sent', event: Buffer.from('data: {"contentBlockIndex":0}\n\n') },
    ],
  },
  alsoAsked: ['countTokens', 'listModels'],
  answer: JSON.stringify({
    output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 3, outputTokens: 1, totalTokens: 4 },
  }),
});

function changedAt(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
