import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import { type Media, type Message, type Part, Role } from '../gen/sluice/v1/message.ts';

// What was said, in the JSON of the GenAI conventions. Only ever called where recording content is configured.

/** What a span holds of what was said, as JSON texts. */
export interface RecordedInput {
  instructions: string;
  messages: string;
}

/** Describes what a request says to a model. */
export function describeInput({ messages, prompt }: CompleteRequest): RecordedInput {
  const room = createRoom();
  const isSystem = ({ role }: Message) => role === Role.SYSTEM;
  const instructions = messages.filter(isSystem).flatMap(({ parts }) => describeParts(parts, room));
  const said = whileRoom(messages, room, (message) =>
    isSystem(message) ? [] : [describeMessage(message, room)],
  );
  if (prompt !== '') said.push({ role: 'user', parts: [{ type: 'text', content: room.take(prompt) }] });
  return { instructions: JSON.stringify(instructions), messages: JSON.stringify(said) };
}

/** Describes what a model answered. */
export function describeOutput(message: Message | undefined): string {
  return JSON.stringify(message ? [describeMessage(message, createRoom())] : []);
}

function describeMessage({ role, parts }: Message, room: Room): object {
  room.take('');
  return { role: role.replace('ROLE_', '').toLowerCase(), parts: describeParts(parts, room) };
}

function describeParts(parts: readonly Part[], room: Room): object[] {
  return whileRoom(parts, room, ({ part }) => (part ? [describePart(part, room)] : []));
}

function whileRoom<T>(items: readonly T[], room: Room, describe: (item: T) => object[]): object[] {
  const described: object[] = [];
  for (const item of items) {
    if (room.isFull()) break;
    described.push(...describe(item));
  }
  return described;
}

function describePart(part: NonNullable<Part['part']>, room: Room): object {
  switch (part.$case) {
    case 'text':
    case 'refusal':
      return { type: 'text', content: room.take(part.value) };
    case 'reasoning':
      return { type: 'reasoning', content: room.take(part.value.text) };
    case 'toolCall': {
      const { id, name, arguments: args } = part.value;
      return { type: 'tool_call', id, name, arguments: room.take(args) };
    }
    case 'toolResult':
      return {
        type: 'tool_call_response',
        id: part.value.toolCallId,
        response: room.take(part.value.content),
      };
    case 'image':
    case 'document':
    case 'audio':
      return describeMedia(part.$case, part.value, room);
    case 'citation':
      return { type: 'citation', title: room.take(part.value.title), uri: room.take(part.value.uri) };
  }
}

/** The bytes are left out: a trace is no place for them. */
function describeMedia(modality: string, { mediaType, source }: Media, room: Room): object {
  const medium = { modality, mime_type: mediaType };
  if (source?.$case === 'uri') return { type: 'uri', ...medium, uri: room.take(source.value) };
  room.take('');
  return { type: 'blob', ...medium };
}

/** Cuts texts so that together they stay within bounds; what encloses them stays whole, and so does the JSON. */
interface Room {
  /** As much of the text as there is room for. Each taking costs a little, for what encloses it. */
  take(text: string): string;
  isFull(): boolean;
}

function createRoom(): Room {
  let left = LARGEST_CONTENT;
  return {
    take(text) {
      const taken = text.slice(0, Math.max(0, left));
      left -= taken.length + ENCLOSURE;
      return taken;
    },
    isFull: () => left <= 0,
  };
}

const LARGEST_CONTENT = 32 * 1024;
const ENCLOSURE = 64;
