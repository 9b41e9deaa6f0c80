import { messagesOf } from '../../completion/messages.ts';
import type { Answer } from '../../completion/ports/provider.ts';
import { asksForReasoning } from '../../completion/reasoning.ts';
import { type CompleteRequest, FinishReason } from '../../gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../gen/sluice/v1/message.ts';
import { type Tool, ToolMode } from '../../gen/sluice/v1/tool.ts';
import { beginningOf, textsOf } from '../shared/prompt.ts';
import type { Behaviour } from './behaviour.ts';
import { restOf } from './rest-of.ts';
import { sampleJson } from './sample-json.ts';

/**
 * Answers a request the same way every time: what it says depends on nothing but what was asked. Where the request begins
 * the answer, it says the rest.
 */
export function answerTo(request: CompleteRequest, behaviour: Behaviour): Answer {
  const parts: Part[] = [];
  const reasons = behaviour.reasoning ?? asksForReasoning(request);
  if (reasons) parts.push(reasoningPart('The user said something. It is polite to say it back.'));
  const { finishReason, said } = say(request, behaviour);
  parts.push(...said);
  const outputTokens = Math.max(1, Math.ceil(JSON.stringify(parts).length / 8));
  return {
    message: { role: Role.ASSISTANT, parts, name: '' },
    finishReason,
    providerFinishReason: finishReason.slice('FINISH_REASON_'.length).toLowerCase(),
    usage: {
      inputTokens: inputTokensOf(request),
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens,
      reasoningTokens: reasons ? Math.min(outputTokens, 12) : 0,
      estimated: false,
    },
    warnings: [],
  };
}

/** The tokens of a request's texts. */
export function inputTokensOf(request: CompleteRequest): number {
  return tokensOf(messagesOf(request).flatMap(textsOf).join(' '));
}

/** The tokens of a text: one for every four characters begun, and one to begin with. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4) + 1;
}

function say(request: CompleteRequest, behaviour: Behaviour): { finishReason: FinishReason; said: Part[] } {
  if (behaviour.refuse) {
    const refusal = 'The demo provider was told to decline, and does.';
    return { finishReason: FinishReason.REFUSAL, said: [{ part: { $case: 'refusal', value: refusal } }] };
  }
  const tools = toolsToCall(request, behaviour);
  if (tools.length > 0) return { finishReason: FinishReason.TOOL_CALLS, said: tools.map(toolCall) };
  const { finishReason, text } = cut(request, textTo(request, behaviour));
  return { finishReason, said: text === '' ? [] : [{ part: { $case: 'text', value: text } }] };
}

/** The tools of the request that must be called: as many as the behaviour says, or what `tool_choice` insists on. */
function toolsToCall({ tools, toolChoice }: CompleteRequest, { toolCalls }: Behaviour): readonly Tool[] {
  const choice = toolChoice?.choice;
  if (choice?.$case === 'name') return tools.filter(({ name }) => name === choice.value);
  if (choice?.value === ToolMode.NONE) return [];
  const count = toolCalls ?? (choice?.value === ToolMode.REQUIRED ? 1 : 0);
  return tools.slice(0, toolChoice?.disableParallel ? Math.min(1, count) : count);
}

function toolCall({ name, parameters }: Tool, index: number): Part {
  const value = {
    id: `call_demo_${index}`,
    name,
    arguments: sampleJson(parameters),
    signature: Buffer.alloc(0),
  };
  return { part: { $case: 'toolCall', value } };
}

function textTo(request: CompleteRequest, behaviour: Behaviour): string {
  const messages = messagesOf(request);
  const begun = beginningOf(messages);
  if (begun === undefined) return behaviour.text ?? wholeText(request, messages);
  return restOf(behaviour.text ?? wholeText(request, messages.slice(0, -1)), begun);
}

function wholeText({ responseFormat }: CompleteRequest, messages: readonly Message[]): string {
  const heard = lastWords(messages);
  const format = responseFormat?.format;
  if (format?.$case === 'jsonSchema') return sampleJson(format.value.schema);
  if (format?.$case === 'jsonObject') return JSON.stringify({ echo: heard });
  return `This is Sluice's demo provider. It has no model behind it, so it says back what it heard: ${heard}`;
}

function lastWords(messages: readonly Message[]): string {
  const last = messages.at(-1);
  if (!last) return '';
  const results = last.parts.flatMap(({ part }) =>
    part?.$case === 'toolResult' ? [part.value.content] : [],
  );
  return [...textsOf(last), ...results].join(' ');
}

/** Ends a text where the request wants it to end: at a stop text, or at the token limit (a word is a token here). */
function cut(
  { sampling, maxOutputTokens }: CompleteRequest,
  text: string,
): { finishReason: FinishReason; text: string } {
  const stops = (sampling?.stop ?? []).map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  const end = Math.min(text.length, ...stops);
  const words = wordsOf(text.slice(0, end));
  if (maxOutputTokens !== undefined && words.length > maxOutputTokens) {
    return { finishReason: FinishReason.LENGTH, text: words.slice(0, maxOutputTokens).join('') };
  }
  return {
    finishReason: stops.length > 0 ? FinishReason.STOP_SEQUENCE : FinishReason.STOP,
    text: words.join(''),
  };
}

/** A text as the pieces that a stream brings it in: words with the space before them. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function reasoningPart(text: string): Part {
  return {
    part: { $case: 'reasoning', value: { text, signature: Buffer.from('demo-signature'), redacted: false } },
  };
}
