import { describe, expect, it } from 'vitest';
import type { CompletionEvent } from '../../../../src/completion/ports/events.ts';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { createChatApi } from '../../../../src/providers/openai-api/chat/api.ts';
import { createCompletionApi } from '../../../../src/providers/openai-api/choose-api.ts';
import { dialectOf } from '../../../../src/providers/openai-compatible/dialect.ts';
import { hostOf } from '../../../../src/providers/openai-compatible/hosts.ts';
import { createOpenAiCompatibleProvider } from '../../../../src/providers/openai-compatible/provider.ts';
import { parseObject } from '../../../../src/providers/shared/json.ts';
import { providerConfig } from '../../../wire/provider-config.ts';
import { aCall, message, type Said, text, toolCall } from '../openai-api/a-call.ts';

const OWN = 'http://127.0.0.1:8000/v1';
const MISTRAL = 'https://api.mistral.ai/v1';
const BETA = 'https://api.deepseek.com/beta';

const begun = [message(Role.USER, text('Count.')), message(Role.ASSISTANT, text('One, '), text('two,'))];
const user = { role: 'user', content: 'Count.' };
const answer = { role: 'assistant', content: 'One, two,' };

describe('a request that begins the answer', () => {
  it.each([
    [OWN, undefined, [user, answer], {}],
    [OWN, true, [user, answer], { continue_final_message: true, add_generation_prompt: false }],
    [OWN, false, [user, answer], {}],
    [MISTRAL, undefined, [user, { ...answer, prefix: true }], {}],
    [MISTRAL, false, [user, { ...answer, prefix: true }], {}],
    [BETA, undefined, [user, { ...answer, prefix: true }], { thinking: { type: 'disabled' } }],
    [`${BETA}/v1`, undefined, [user, { ...answer, prefix: true }], { thinking: { type: 'disabled' } }],
    ['https://api.deepseek.com/v1', undefined, [user, answer], {}],
    ['https://api.moonshot.ai/v1', undefined, [user, { ...answer, partial: true }], {}],
    ['https://api.groq.com/openai/v1', undefined, [user, answer], {}],
    ['https://openrouter.ai/api/v1', true, [user, answer], {}],
  ])('goes to %s, with prefill: %s, as it is wanted there', (baseUrl, prefill, messages, members) => {
    expect(written({ messages: begun }, { baseUrl, prefill })).toEqual({
      model: 'a-model',
      messages,
      ...members,
      stream: false,
    });
  });

  it.each([
    ['the user has the last word', [...begun, message(Role.USER, text('Go on.'))]],
    ['the answer calls tools', [begun[0], message(Role.ASSISTANT, text('Hm.'), toolCall('a', 'now', '{}'))]],
    ['the answer says nothing', [begun[0], message(Role.ASSISTANT)]],
  ])('is none where %s', (_why, messages) => {
    const said = messages.flatMap((one) => one ?? []);
    for (const baseUrl of [MISTRAL, BETA, OWN]) {
      const body = JSON.stringify(written({ messages: said }, { baseUrl, prefill: true }));
      expect(body).not.toMatch(/prefix|thinking|continue_final_message/);
    }
  });

  it('lets a model of DeepSeek think that is asked to', () => {
    const reasoning = { effort: ReasoningEffort.HIGH };
    expect(written({ messages: begun, reasoning }, { baseUrl: BETA })).toMatchObject({
      thinking: { type: 'enabled' },
      reasoning_effort: 'high',
    });
  });
});

describe('whether a model goes on with a begun answer', () => {
  it.each([
    [OWN, 'llama3.3', undefined, false],
    [OWN, 'llama3.3', true, true],
    ['https://openrouter.ai/api/v1', 'anthropic/claude-sonnet-4.5', undefined, false],
    ['https://openrouter.ai/api/v1', 'anthropic/claude-sonnet-4.5', true, true],
    [MISTRAL, 'mistral-small-latest', undefined, true],
    [MISTRAL, 'mistral-small-latest', false, false],
    [MISTRAL, 'magistral-medium-latest', undefined, false],
    ['https://api.deepseek.com', 'deepseek-chat', undefined, false],
    ['https://api.deepseek.com/betas', 'deepseek-chat', undefined, false],
    [BETA, 'deepseek-chat', undefined, true],
    ['https://api.moonshot.ai/v1', 'kimi-k2.5', undefined, true],
    ['https://api.moonshot.ai/v1', 'kimi-k2-thinking', undefined, false],
    ['https://api.moonshot.ai/v1', 'kimi-k2.7-code', undefined, false],
    ['https://api.groq.com/openai/v1', 'llama-3.3-70b-versatile', undefined, true],
    ['https://api.groq.com/openai/v1', 'openai/gpt-oss-120b', undefined, false],
    ['https://api.groq.com/openai/v1', 'groq/compound', undefined, false],
    ['https://api.x.ai/v1', 'grok-4', undefined, false],
    ['https://api.together.xyz/v1', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', undefined, false],
    ['https://api.perplexity.ai', 'sonar', undefined, false],
    ['https://api.cerebras.ai/v1', 'llama-3.3-70b', undefined, false],
  ])('of %s, %s with prefill: %s is told as %s', (baseUrl, model, prefill, goesOn) => {
    expect(dialectOf(hostOf(baseUrl), prefill).capabilities(model).prefill).toBe(goesOn);
  });

  it('is told by the configuration', () => {
    const config = { ...providerConfig('openai-compatible', OWN), prefill: true };
    const provider = createOpenAiCompatibleProvider({ config, connectTimeoutMs: 5000, now: Date.now });
    expect(provider.capabilities('llama3.3').prefill).toBe(true);
  });

  it('depends on the API that it is asked by', () => {
    const dialect = dialectOf(hostOf('https://api.groq.com/openai/v1'));
    const by = (api: 'responses' | 'completions') =>
      createCompletionApi(api, dialect).capabilities?.('llama-3.3-70b-versatile').prefill;
    expect([by('responses'), by('completions')]).toEqual([false, true]);
  });
});

describe('an answer of Mistral, which repeats its beginning', () => {
  it.each([
    ['whole', ['One, two, three.'], ' three.'],
    ['in one piece, then the rest', ['', 'One, two,', ' three', '.'], ' three.'],
    ['in pieces', ['One', ', tw', 'o, th', 'ree.'], ' three.'],
    ['and no more', ['One, two,'], ''],
    ['not this time', [' three', '.'], ' three.'],
    ['but for the end', ['One', ', 2'], 'One, 2'],
    ['in part, and ends', ['One'], 'One'],
  ])('is told without it: %s', (_how, pieces, said) => {
    expect(streamed(MISTRAL, pieces)).toBe(said);
    expect(whole(MISTRAL, pieces.join(''))).toBe(said);
  });

  it('is told without white space that ended the beginning', () => {
    const spaced = [begun[0], message(Role.ASSISTANT, text('One, two, '))].flatMap((one) => one ?? []);
    expect(streamed(MISTRAL, ['One, two,', ' three.'], spaced)).toBe('three.');
    expect(streamed(MISTRAL, ['One, two,'], spaced)).toBe('');
  });

  it('is told as it came from anybody else', () => {
    expect(streamed(BETA, ['One, two,', ' three.'])).toBe('One, two, three.');
    expect(whole(BETA, 'One, two, three.')).toBe('One, two, three.');
  });
});

function written(request: Said, { baseUrl, prefill }: { baseUrl: string; prefill?: boolean | undefined }) {
  const api = createChatApi(dialectOf(hostOf(baseUrl), prefill));
  const { body } = api.mapRequest(aCall(request, { model: 'a-model' }), { streamed: false });
  return JSON.parse(JSON.stringify(body));
}

function whole(baseUrl: string, content: string): string {
  const api = createChatApi(dialectOf(hostOf(baseUrl)));
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  const completion = parseObject(JSON.stringify({ id: 'r1', choices }));
  const context = { call: aCall({ messages: begun }), provider: 'a-server' };
  const { parts } = api.mapAnswer(completion, { ...context, warnings: [] }).message;
  const events = api.mapUnstreamed?.(completion, context) ?? [];
  const texts = parts.flatMap(({ part }) => (part?.$case === 'text' ? [part.value] : []));
  expect(events.flatMap(textIn)).toEqual(texts);
  return texts.join('');
}

function streamed(baseUrl: string, pieces: readonly string[], messages = begun): string {
  const api = createChatApi(dialectOf(hostOf(baseUrl)));
  const decoder = api.createStreamDecoder({ call: aCall({ messages }), provider: 'a-server' });
  const deltas = pieces.map((content) => ({ delta: { content }, finish_reason: null }));
  const chunks = [...deltas, { delta: {}, finish_reason: 'stop' }].map((choice) =>
    JSON.stringify({ id: 'r1', choices: [{ index: 0, ...choice }] }),
  );
  const events = [...chunks, '[DONE]'].flatMap((data) => decoder.decode({ event: 'message', data }));
  return [...events, ...decoder.end()].flatMap(textIn).join('');
}

function textIn(event: CompletionEvent): string[] {
  return event.$case === 'textDelta' ? [event.value.text] : [];
}
