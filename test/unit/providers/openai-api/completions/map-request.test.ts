import { describe, expect, it } from 'vitest';
import type { ProviderCall } from '../../../../../src/completion/ports/provider.ts';
import { Role } from '../../../../../src/gen/sluice/v1/message.ts';
import { capabilitiesOf } from '../../../../../src/providers/openai-api/capabilities.ts';
import { createCompletionsApi } from '../../../../../src/providers/openai-api/completions/api.ts';
import { aCall, message, reasonThrownBy, refusal, type Said, text, toolCall, toolResult } from '../a-call.ts';

const api = createCompletionsApi({ capabilities: capabilitiesOf });

describe('mapping a request to a text completion', () => {
  it('says no more than the request, but for a limit that the API would set at 16 tokens', () => {
    expect(written({ prompt: ' Once upon a time' })).toEqual({
      model: 'davinci-002',
      prompt: ' Once upon a time',
      max_tokens: 2048,
      stream: false,
    });
  });

  it('keeps to a smaller default', () => {
    expect(written({ prompt: 'hi' }, { defaultMaxOutputTokens: 100 }).max_tokens).toBe(100);
  });

  it('asks a stream for its usage', () => {
    const { body } = api.mapRequest(aCall(), { streamed: true });
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('keeps zeros, which are not the same as nothing', () => {
    const sampling = {
      temperature: 0,
      topP: 0.5,
      seed: 0,
      presencePenalty: 0,
      frequencyPenalty: -1,
      stop: ['a', 'b'],
    };
    expect(written({ prompt: 'hi', sampling, maxOutputTokens: 7, endUser: 'u1' })).toMatchObject({
      temperature: 0,
      top_p: 0.5,
      seed: 0,
      presence_penalty: 0,
      frequency_penalty: -1,
      stop: ['a', 'b'],
      max_tokens: 7,
      user: 'u1',
    });
  });

  it('takes what only this API has from the options', () => {
    const options = { suffix: '\nprint(fib(10))', logprobs: 3, echo: true };
    expect(written({ prompt: 'hi' }, { options })).toMatchObject(options);
  });

  it.each([
    ['instructions before a single text', [system('Be brief.'), user('hi')], 'Be brief.\n\nhi'],
    ['all instructions, wherever they stood', [user('hi'), system('A'), system('B')], 'A\n\nB\n\nhi'],
    ['nothing but instructions', [system('Be brief.')], 'Be brief.\n\n'],
    ['a text that the assistant begins', [assistant('Once upon')], 'Once upon'],
    [
      'several turns',
      [system('Be brief.'), user('hi'), assistant('Hello.'), user('bye')],
      'Be brief.\n\nUser: hi\nAssistant: Hello.\nUser: bye\nAssistant:',
    ],
    [
      'an answer begun right behind a single text, where the model would begin it',
      [user('Once upon'), assistant(' a time')],
      'Once upon a time',
    ],
    [
      'an answer begun behind several turns',
      [user('hi'), assistant('Hello.'), user('bye'), assistant('See')],
      'User: hi\nAssistant: Hello.\nUser: bye\nAssistant: See',
    ],
    [
      'an answer begun as such models do, with a space',
      [user('hi'), assistant('Hello.'), user('bye'), assistant(' See')],
      'User: hi\nAssistant: Hello.\nUser: bye\nAssistant: See',
    ],
    [
      'instructions before an answer begun',
      [system('Be brief.'), user('Once upon'), assistant(' a time')],
      'Be brief.\n\nOnce upon a time',
    ],
    [
      'an earlier refusal',
      [user('hi'), message(Role.ASSISTANT, refusal('No.')), user('why')],
      'User: hi\nAssistant: No.\nUser: why\nAssistant:',
    ],
  ])('writes %s', (_what, messages, prompt) => {
    expect(written({ messages }).prompt).toBe(prompt);
  });

  it.each([
    ['calls', message(Role.ASSISTANT, toolCall('c1', 'now', '{}'))],
    ['results', message(Role.TOOL, toolResult('c1', 'noon'))],
  ])('refuses tool %s, which it could only drop', (_what, said) => {
    expect(reasonThrownBy(() => written({ messages: [said] }))).toBe('UNSUPPORTED_PARAMETER');
  });

  it('declares what it has not', () => {
    expect(api.capabilities?.('gpt-3.5-turbo-instruct')).toMatchObject({
      completion: true,
      reasoning: false,
      tools: false,
      jsonObject: false,
      jsonSchema: false,
      imageInput: false,
      documentInput: false,
      audioInput: false,
      prefill: true,
    });
  });
});

function written(request: Said, said: Partial<ProviderCall> = {}) {
  const { body } = api.mapRequest(aCall(request, { model: 'davinci-002', ...said }), { streamed: false });
  return JSON.parse(JSON.stringify(body));
}

function system(value: string) {
  return message(Role.SYSTEM, text(value));
}

function user(value: string) {
  return message(Role.USER, text(value));
}

function assistant(value: string) {
  return message(Role.ASSISTANT, text(value));
}
