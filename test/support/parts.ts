import type { Message, Part, Role } from '../../src/gen/sluice/v1/message.ts';

// Messages and their parts in few words, for tests of what adapters make of them.

export function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: '' };
}

export function text(value: string): Part {
  return { part: { $case: 'text', value } };
}

export function media($case: 'image' | 'document' | 'audio', value: object): Part {
  return { part: { $case, value: { mediaType: '', name: '', ...value } } };
}

export function reasoning(value: string, signature: string | Buffer = '', redacted = false): Part {
  return {
    part: { $case: 'reasoning', value: { text: value, signature: Buffer.from(signature), redacted } },
  };
}

export function toolCall(id: string, name: string, json: string): Part {
  return { part: { $case: 'toolCall', value: { id, name, arguments: json, signature: Buffer.alloc(0) } } };
}

export function toolResult(toolCallId: string, content: string, isError = false): Part {
  return { part: { $case: 'toolResult', value: { toolCallId, name: '', content, isError } } };
}
