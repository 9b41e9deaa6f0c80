import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** A kind of message, as generated. */
interface MessageType<Message> {
  encode(message: Message, writer: BinaryWriter): BinaryWriter;
}

/**
 * Lends out what it has written. `finish` would copy it into a piece of memory of its own, which costs more than all the
 * writing. The two fields are private: should they ever be gone, the compiler says so.
 */
class Scratch extends BinaryWriter {
  lend(): Uint8Array {
    const written = this['buffer'].subarray(0, this['pos']);
    this['pos'] = 0;
    return written;
  }
}

// One for all: what it costs to write a message is mostly the growing of a buffer from nothing. Nothing else runs while a
// message is written. Absent while it is in use, so that should writing fail, half a message does not stand before the next.
let idle: Scratch | undefined;

/** Above this a buffer is not kept for the next message. */
const LARGE_BYTES = 256 * 1024;

/** Writes a message as `Buffer.from(Type.encode(message).finish())` does, for less than half the price. */
export function encodeMessage<Message>(type: MessageType<Message>, message: Message): Buffer {
  return useEncoded(type, message, copy);
}

/** Writes a message for a look at its bytes: they are not there any more once `use` has returned. */
export function useEncoded<Message, Result>(
  type: MessageType<Message>,
  message: Message,
  use: (bytes: Uint8Array) => Result,
): Result {
  const writer = idle ?? new Scratch();
  idle = undefined;
  type.encode(message, writer);
  const bytes = writer.lend();
  const result = use(bytes);
  if (bytes.length <= LARGE_BYTES) idle = writer;
  return result;
}

/** From Node's pool: a piece of memory for each message costs the collector more than the copying. */
function copy(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}
