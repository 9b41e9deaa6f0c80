import { describe, expect, it } from 'vitest';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { azureDialect } from '../../../../src/providers/azure-openai/dialect.ts';
import { createChatApi } from '../../../../src/providers/openai-api/chat/api.ts';
import { aCall, message, reasoning, type Said, text } from '../openai-api/a-call.ts';

describe('asking Azure', () => {
  it('says what OpenAI is told, but for its id of the user', () => {
    const asked = {
      prompt: 'hi',
      maxOutputTokens: 7,
      endUser: 'u1',
      reasoning: { effort: ReasoningEffort.MINIMAL },
    };
    expect(written(asked, { model: 'gpt-5-mini' })).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'hi' }],
      max_completion_tokens: 7,
      reasoning_effort: 'minimal',
      user: 'u1',
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.each([
    [undefined, 'o4-mini', 'max_completion_tokens'],
    [undefined, 'my-deployment', 'max_completion_tokens'],
    ['2024-10-21', 'o4-mini', 'max_completion_tokens'],
    ['2024-10-21', 'gpt-4o', 'max_tokens'],
    ['2024-10-21', 'GPT-35-turbo', 'max_tokens'],
    ['2024-02-01', 'my-deployment', 'max_tokens'],
    [undefined, 'grok-4-1-fast-non-reasoning', 'max_tokens'],
    [undefined, 'DeepSeek-V3.2', 'max_tokens'],
  ])('version %s of %s calls the output limit as it must', (apiVersion, model, name) => {
    const body = written({ prompt: 'hi', maxOutputTokens: 7 }, { model, apiVersion });
    expect([body['max_tokens'], body['max_completion_tokens']]).toEqual(
      name === 'max_tokens' ? [7, undefined] : [undefined, 7],
    );
  });

  it('marks a begun answer in no way, since its models begin anew', () => {
    const messages = [message(Role.USER, text('hi')), message(Role.ASSISTANT, text('Hel'))];
    expect(written({ messages }, { model: 'gpt-5-mini' })).toEqual({
      model: 'gpt-5-mini',
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'Hel' },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('does not ask for usage where the version of the API does not know how', () => {
    expect(written({ prompt: 'hi' }, { apiVersion: '2024-06-01' })).not.toHaveProperty('stream_options');
    expect(written({ prompt: 'hi' }, { apiVersion: '2024-09-01-preview' })).toHaveProperty('stream_options');
  });

  it.each([
    ['DeepSeek-R1', { reasoning_content: 'Hm.' }],
    ['o4-mini', {}],
  ])('gives reasoning back to %s as it takes it', (model, members) => {
    const messages = [message(Role.ASSISTANT, reasoning('Hm.', ''), text('Yes.'))];
    const body = written({ messages, prompt: 'Why?' }, { model });
    expect(body['messages']?.[0]).toEqual({ role: 'assistant', content: 'Yes.', ...members });
  });

  it.each([
    ['gpt-35-turbo', { completion: true, embedding: false, reasoning: false, jsonSchema: false }],
    ['GPT-4o', { reasoning: false, jsonSchema: true, embedding: false }],
    ['o4-mini', { reasoning: true, maxTemperature: 0 }],
    ['text-embedding-3-large', { completion: false, embedding: true }],
    ['Cohere-embed-v3-english', { completion: false, embedding: true }],
    ['my-deployment', { completion: true, embedding: true, reasoning: true, maxTemperature: 2 }],
  ])('tells by the name of %s what it takes', (deployment, takes) => {
    expect(azureDialect(undefined).capabilities(deployment)).toMatchObject(takes);
  });
});

function written(
  request: Said,
  { model = 'gpt-4o', apiVersion }: { model?: string; apiVersion?: string | undefined },
): Record<string, unknown[] | undefined> {
  const api = createChatApi(azureDialect(apiVersion));
  const { body } = api.mapRequest(aCall(request, { model }), { streamed: true });
  return JSON.parse(JSON.stringify(body));
}
