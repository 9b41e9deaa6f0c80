import { crc32 } from 'node:zlib';
import { ANSWER, TOKEN } from '../sample.ts';
import { INPUT_TOKENS, json, OUTPUT_TOKENS, type Wire } from './wire.ts';

const usage = {
  inputTokens: INPUT_TOKENS,
  outputTokens: OUTPUT_TOKENS,
  totalTokens: INPUT_TOKENS + OUTPUT_TOKENS,
};
const metrics = { latencyMs: 765 };

/** Amazon Bedrock's Converse and ConverseStream. */
export const bedrock: Wire = {
  address: /\/converse/,
  requestIdHeader: 'x-amzn-requestid',
  whole: json({
    metrics,
    output: { message: { content: [{ text: ANSWER }], role: 'assistant' } },
    stopReason: 'end_turn',
    usage,
  }),
  streamType: 'application/vnd.amazon.eventstream',
  opening: frame('messageStart', { role: 'assistant' }),
  token: frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: TOKEN } }),
  closing: Buffer.concat([
    frame('contentBlockStop', { contentBlockIndex: 0 }),
    frame('messageStop', { stopReason: 'end_turn' }),
    frame('metadata', { metrics, usage }),
  ]),
};

/** A frame of AWS's event stream: two lengths and their checksum, headers, payload, a checksum of all of it. */
function frame(type: string, data: object): Buffer {
  const headers = Buffer.concat([
    header(':event-type', type),
    header(':content-type', 'application/json'),
    header(':message-type', 'event'),
  ]);
  const payload = json(data);
  const lengths = numbers(16 + headers.length + payload.length, headers.length);
  const unsealed = Buffer.concat([lengths, numbers(crc32(lengths)), headers, payload]);
  return Buffer.concat([unsealed, numbers(crc32(unsealed))]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** A text for a header: length and name, the type 7, length and value. */
function header(name: string, value: string): Buffer {
  return Buffer.from(
    `${String.fromCharCode(name.length)}${name}\x07\0${String.fromCharCode(value.length)}${value}`,
  );
}
