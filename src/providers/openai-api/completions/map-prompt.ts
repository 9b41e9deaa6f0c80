import { type Message, type Part, Role } from '../../../gen/sluice/v1/message.ts';
import type { Conversation } from '../../shared/prompt.ts';
import { unsupportedParameter } from '../../shared/unsupported-parameter.ts';

/**
 * Writes a conversation as the one text that the model continues. Instructions come first, and an empty line after
 * each. A single message is its text as it is. Several are a line each, headed `User: ` or `Assistant: `, and the
 * model goes on behind a last `Assistant:`. An answer begun by a last message of the assistant's stands where the model
 * would have begun it.
 */
export function mapPrompt({ messages, system, turns }: Conversation): string {
  messages.forEach(refuseTools);
  const instructions = system.map((text) => `${text}\n\n`).join('');
  const last = turns.at(-1);
  if (last?.role !== Role.ASSISTANT) return instructions + mapTurns(turns);
  const before = turns.slice(0, -1);
  const answer = textOf(last);
  // Behind a heading, a model's own answer brings the white space.
  const gap = before.length > 1 && !/^\s/.test(answer) ? ' ' : '';
  return instructions + mapTurns(before) + gap + answer;
}

function mapTurns(turns: readonly Message[]): string {
  const [only] = turns;
  if (turns.length <= 1) return only ? textOf(only) : '';
  const lines = turns.map((turn) => `${SPEAKERS[speakerOf(turn)]}: ${textOf(turn)}`);
  return [...lines, `${SPEAKERS.assistant}:`].join('\n');
}

const SPEAKERS = { user: 'User', assistant: 'Assistant' };

function speakerOf({ role }: Message): keyof typeof SPEAKERS {
  return role === Role.ASSISTANT ? 'assistant' : 'user';
}

function refuseTools({ parts }: Message, index: number): void {
  parts.forEach(({ part }, place) => {
    if (part?.$case !== 'toolCall' && part?.$case !== 'toolResult') return;
    const name = part.$case === 'toolCall' ? 'tool_call' : 'tool_result';
    throw unsupportedParameter(`messages[${index}].parts[${place}].${name}`, 'tools are not taken');
  });
}

function textOf({ parts }: Message): string {
  return parts.map(saidBy).join('');
}

function saidBy({ part }: Part): string {
  return part?.$case === 'text' || part?.$case === 'refusal' ? part.value : '';
}
