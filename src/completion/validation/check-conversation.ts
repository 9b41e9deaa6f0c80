import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { type Media, type Message, type Part, Role } from '../../gen/sluice/v1/message.ts';
import type { Fault } from './fault.ts';
import { isJsonObject } from './json-text.ts';

export function checkConversation({ prompt, messages }: CompleteRequest, fault: Fault): void {
  if (prompt === '' && messages.length === 0)
    fault('messages', 'is empty, and so is prompt; say something in either');
  for (const [m, message] of messages.entries()) checkMessage(message, `messages[${m}]`, fault);
}

function checkMessage({ role, parts }: Message, path: string, fault: Fault): void {
  if (role === Role.UNSPECIFIED || role === Role.UNRECOGNIZED) {
    fault(`${path}.role`, 'is not set; use ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT or ROLE_TOOL');
    return;
  }
  if (parts.length === 0) fault(`${path}.parts`, 'is empty; a message has at least one part');
  for (const [p, { part }] of parts.entries()) {
    const at = `${path}.parts[${p}]`;
    if (!part) fault(at, 'is empty, or of a kind that this version does not know');
    else if (speakersOf[part.$case].includes(role)) checkPart(part, at, fault);
    else fault(`${at}.${protoName[part.$case]}`, `does not belong in a message of ${role}`);
  }
}

type PartKind = NonNullable<Part['part']>['$case'];

/** Who may say what. */
const speakersOf: Record<PartKind, readonly Role[]> = {
  text: [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL],
  image: [Role.USER, Role.ASSISTANT, Role.TOOL],
  document: [Role.USER, Role.TOOL],
  audio: [Role.USER, Role.ASSISTANT],
  toolCall: [Role.ASSISTANT],
  toolResult: [Role.TOOL, Role.USER],
  reasoning: [Role.ASSISTANT],
  refusal: [Role.ASSISTANT],
  citation: [Role.ASSISTANT],
};

const protoName: Record<PartKind, string> = {
  text: 'text',
  image: 'image',
  document: 'document',
  audio: 'audio',
  toolCall: 'tool_call',
  toolResult: 'tool_result',
  reasoning: 'reasoning',
  refusal: 'refusal',
  citation: 'citation',
};

function checkPart(part: NonNullable<Part['part']>, at: string, fault: Fault): void {
  switch (part.$case) {
    case 'image':
    case 'document':
    case 'audio':
      checkMedia(part.value, part.$case, `${at}.${part.$case}`, fault);
      return;
    case 'toolCall': {
      const { id, name, arguments: json } = part.value;
      if (id === '') fault(`${at}.tool_call.id`, 'is empty; repeat the id that the model gave');
      if (name === '') fault(`${at}.tool_call.name`, 'is empty');
      if (json !== '' && !isJsonObject(json))
        fault(`${at}.tool_call.arguments`, 'is not the text of a JSON object');
      return;
    }
    case 'toolResult':
      if (part.value.toolCallId === '') {
        fault(`${at}.tool_result.tool_call_id`, 'is empty; repeat the id of the call that this answers');
      }
  }
}

function checkMedia(
  { mediaType, source }: Media,
  kind: 'image' | 'document' | 'audio',
  at: string,
  fault: Fault,
): void {
  if (mediaType !== '' && !/^[a-z]+\/[\w.+-]+$/i.test(mediaType)) {
    fault(`${at}.media_type`, `"${mediaType.slice(0, 60)}" is not a MIME type such as image/png`);
  } else if (mediaType !== '' && kind !== 'document' && !mediaType.toLowerCase().startsWith(`${kind}/`)) {
    fault(`${at}.media_type`, `"${mediaType.slice(0, 60)}" is not a type of ${kind}`);
  }
  switch (source?.$case) {
    case undefined:
      fault(at, 'has neither data nor uri');
      return;
    case 'data':
      if (source.value.length === 0) fault(`${at}.data`, 'is empty');
      if (mediaType === '') fault(`${at}.media_type`, 'is required with data');
      return;
    case 'uri':
      if (!/^https:\/\/[^\s/]+/.test(source.value)) fault(`${at}.uri`, 'is not an https address');
  }
}
