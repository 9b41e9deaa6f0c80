import { invalidRequest } from '../../completion/error.ts';
import { type Message, Role } from '../../gen/sluice/v1/message.ts';
import { type Block, mapAssistantPart, mapUserPart } from './map-content-block.ts';
import { createDocumentNames, type NameDocument } from './map-document.ts';

/** One turn of the conversation as the provider wants it: turns of one role follow those of the other. */
export interface Turn {
  role: 'user' | 'assistant';
  content: Block[];
}

/** Maps a conversation without its system messages, which stand elsewhere. Tools' results are the user's to say. */
export function mapMessages(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  const nameDocument = createDocumentNames();
  messages.forEach((message, index) => {
    if (message.role === Role.SYSTEM) return;
    const { role, content } = mapMessage(message, `messages[${index}]`, nameDocument);
    const last = turns.at(-1);
    if (content.length === 0) return;
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  });
  if (turns.length === 0)
    throw invalidRequest('messages', 'hold nothing but instructions; add what the user says.');
  return turns.map(arrange);
}

function mapMessage({ role, parts }: Message, field: string, nameDocument: NameDocument): Turn {
  const at = (index: number) => `${field}.parts[${index}]`;
  if (role === Role.ASSISTANT) {
    return { role: 'assistant', content: parts.flatMap((part, index) => mapAssistantPart(part, at(index))) };
  }
  return {
    role: 'user',
    content: parts.flatMap((part, index) => mapUserPart(part, at(index), nameDocument)),
  };
}

/** Results of tools come before anything else, and an answer to be continued does not end in white space. */
function arrange({ role, content }: Turn, index: number, turns: readonly Turn[]): Turn {
  if (role === 'user') {
    const isResult = (block: Block) => 'toolResult' in block;
    return { role, content: [...content.filter(isResult), ...content.filter((block) => !isResult(block))] };
  }
  const text = content.at(-1)?.text;
  if (index < turns.length - 1 || text === undefined) return { role, content };
  return { role, content: [...content.slice(0, -1), { text: text.trimEnd() }] };
}
