import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** A kind of message, as generated. */
interface MessageType<Message> {
  encode(message: Message, writer: BinaryWriter): BinaryWriter;
}

// One writer for all: what it costs to write a message is mostly the growing of a buffer from nothing, and `finish`
// hands out a copy. Nothing else runs while a message is written. Absent while it is in use, so that should writing
// fail, half a message does not stand before the next one.
let idle: BinaryWriter | undefined;

/** Above this a buffer is not kept for the next message. */
const LARGE_BYTES = 256 * 1024;

/** Writes a message as `Buffer.from(Type.encode(message).finish())` does, for less than half the price. */
export function encodeMessage<Message>(type: MessageType<Message>, message: Message): Buffer {
  const writer = idle ?? new BinaryWriter();
  idle = undefined;
  const bytes = type.encode(message, writer).finish();
  if (bytes.length <= LARGE_BYTES) idle = writer;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
