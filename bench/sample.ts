import { CacheMode, CompleteRequest } from '../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../src/gen/sluice/v1/message.ts';

// What travels: a request of about 1 KB in four messages, an answer of about 1 KB, a stream of 100 tokens.

/** Text of one streamed token. */
export const TOKEN = 'twenty bytes of it. ';
export const TOKENS_PER_STREAM = 100;
/** The pace of a stream: one token per this many milliseconds. */
export const TOKEN_INTERVAL_MS = 5;

/** Text of a whole answer. */
export const ANSWER = prose(900);

/** How the fake provider is to answer; it stands in the model's name. */
export type Manner = 'paced' | 'burst';

/** What of a request is not the same for every load. */
export interface SampleRequest {
  model: string;
  /** Short enough for the gateway to ask for a whole answer. */
  short: boolean;
}

/** Makes the bytes of requests that differ from each other in one number. */
export function createRequestWriter(sample: SampleRequest): (serial: number) => Buffer {
  const template = Buffer.from(CompleteRequest.encode(sampleRequest(sample)).finish());
  const at = template.indexOf(SERIAL);
  return (serial) => {
    const bytes = Buffer.from(template);
    bytes.write(String(serial).padStart(SERIAL.length, '0'), at, 'latin1');
    return bytes;
  };
}

/** Makes the request itself. */
export function sampleRequest({ model, short }: SampleRequest): CompleteRequest {
  return CompleteRequest.fromPartial({
    model,
    messages: [
      message(Role.SYSTEM, prose(300)),
      message(Role.USER, prose(200)),
      message(Role.ASSISTANT, prose(300)),
      message(Role.USER, `${prose(150)} ${SERIAL}`),
    ],
    ...(short && { maxOutputTokens: 256 }),
    cache: { mode: CacheMode.ENABLED, namespace: '' },
  });
}

/** Where the number goes: written over in the bytes, so that a new request costs the client next to nothing. */
const SERIAL = '#'.repeat(12);

function message(role: Role, text: string) {
  return { role, parts: [{ part: { $case: 'text' as const, value: text } }] };
}

function prose(length: number): string {
  return 'A sluice is a gate that controls the flow of a stream, "as said". '.repeat(20).slice(0, length);
}
