import { describe, expect, it } from 'vitest';
import { createFold } from '../../../../src/completion/fold.ts';
import type { CompletionEvents } from '../../../../src/completion/ports/events.ts';
import { unfold } from '../../../../src/completion/unfold.ts';
import { type Message, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { mapAnswer } from '../../../../src/providers/google/map-answer.ts';
import { mapRequest } from '../../../../src/providers/google/map-request.ts';
import { createStreamDecoder } from '../../../../src/providers/google/map-stream.ts';
import { createResponseReader } from '../../../../src/providers/google/response-reader.ts';
import { aProviderCall } from './google-request.ts';

const call = { functionCall: { name: 'add', args: { a: 1 } } };
const picture = { inlineData: { mimeType: 'image/png', data: 'cG5n' } };

const turns: [string, object[]][] = [
  ['a call', [{ ...call, thoughtSignature: 'c2lnMQ==' }, call]],
  [
    'a call with an id',
    [{ functionCall: { id: 'g98os1Jf', name: 'add', args: {} }, thoughtSignature: 'c2lnMQ==' }],
  ],
  ['a text', [{ text: 'Hello', thoughtSignature: 'c2lnMQ==' }]],
  [
    'a text between others',
    [{ text: 'a', thoughtSignature: 'c2lnMQ==' }, { text: 'b' }, { ...call, thoughtSignature: 'c2lnMg==' }],
  ],
  [
    'two texts',
    [
      { text: 'a', thoughtSignature: 'c2lnMQ==' },
      { text: 'b', thoughtSignature: 'c2lnMg==' },
    ],
  ],
  ['a thought', [{ text: 'hm', thought: true, thoughtSignature: 'c2lnMQ==' }, { text: 'Hello' }]],
  ['nothing', [{ text: '', thoughtSignature: 'c2lnMQ==' }]],
  [
    'nothing, after a call',
    [
      { ...call, thoughtSignature: 'c2lnMQ==' },
      { text: '', thoughtSignature: 'c2lnMg==' },
    ],
  ],
  [
    'a thought and then nothing',
    [
      { text: 'hm', thought: true, thoughtSignature: 'c2lnMQ==' },
      { text: '', thoughtSignature: 'c2lnMg==' },
    ],
  ],
  ['a picture', [{ ...picture, thoughtSignature: 'c2lnMQ==' }, { text: 'Voilà.' }]],
];

describe("Gemini's signatures", () => {
  it.each(turns)('on %s go back where they came from, also on the turn after', (_, parts) => {
    const first = sentBack([whole(parts)]);
    expect(first).toEqual([parts]);
    expect(sentBack([whole(parts), whole(first[0] ?? [])])).toEqual([parts, parts]);
  });

  it.each(turns)('on %s go back the same from a stream', (_, parts) => {
    expect(streamed(parts.map((part) => [part]))).toEqual(whole(parts));
    expect(streamed([parts])).toEqual(whole(parts));
  });

  it('that close a streamed text go back on the text, as if it had come whole', () => {
    const pieces = [[{ text: 'Hel' }], [{ text: 'lo' }], [{ text: '', thoughtSignature: 'c2lnMQ==' }]];
    expect(sentBack([streamed(pieces)])).toEqual([[{ text: 'Hello', thoughtSignature: 'c2lnMQ==' }]]);
  });

  it('on a thought that is not shown go back as a thought', () => {
    const parts = [{ thought: true, thoughtSignature: 'c2lnMQ==' }, { text: 'Hello' }];
    const sent = [[{ text: '', ...parts[0] }, { text: 'Hello' }]];
    expect(sentBack([whole(parts)])).toEqual(sent);
    expect(sentBack([streamed([parts])])).toEqual(sent);
  });

  it.each([
    ["an item of OpenAI's", '{"type":"reasoning","encrypted_content":"gAAA"}'],
    ["details of OpenRouter's", '[{"type":"reasoning.encrypted","data":"x"}]'],
  ])("are not another vendor's: %s stays out", (_, text) => {
    const value = { text: 'hm', signature: Buffer.from(text), redacted: false };
    const parts = [{ part: { $case: 'reasoning' as const, value } }, ...whole([{ text: 'Hello' }]).parts];
    expect(sentBack([{ role: Role.ASSISTANT, parts, name: '' }])).toEqual([[{ text: 'Hello' }]]);
  });

  it('that close a streamed answer do not become those of the thoughts before', () => {
    const pieces = [[{ text: 'hm', thought: true }], [{ text: '', thoughtSignature: 'c2lnMQ==' }]];
    expect(sentBack([streamed(pieces)])).toEqual([[{ text: '', thoughtSignature: 'c2lnMQ==' }]]);
  });
});

function whole(parts: object[]): Message {
  const answer = mapAnswer(JSON.stringify(response(parts, 'STOP')), aReader(), []);
  return folded(unfold(answer));
}

function streamed(chunks: object[][]): Message {
  const decoder = createStreamDecoder(aReader(), 'google');
  const events = chunks.flatMap((parts) => decoder.decode({ data: JSON.stringify(response(parts)) }));
  events.push(...decoder.decode({ data: JSON.stringify(response([], 'STOP')) }), ...decoder.end());
  return folded(events);
}

/** The parts of each of the messages, as they are sent back. */
function sentBack(messages: Message[]): object[][] {
  const question = {
    role: 'ROLE_USER' as const,
    parts: [{ part: { $case: 'text' as const, value: 'And?' } }],
  };
  const { body } = mapRequest(
    aProviderCall({ messages: messages.flatMap((message) => [question, message]) }),
  );
  return body.contents.filter(({ role }) => role === 'model').map(({ parts }) => parts);
}

function response(parts: object[], finishReason?: string): object {
  return { responseId: 'r1', candidates: [{ content: { role: 'model', parts }, finishReason }] };
}

function aReader() {
  return createResponseReader({ call: aProviderCall(), provider: 'google', now: () => 0 });
}

function folded(events: CompletionEvents): Message {
  const fold = createFold();
  fold.add(events);
  const { message } = fold.answer();
  if (!message) throw new Error('a fold always has a message');
  return message;
}
