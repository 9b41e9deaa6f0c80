import { describe, expect, it } from 'vitest';
import type { ProviderCall } from '../../../../../src/completion/ports/provider.ts';
import { ReasoningEffort } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../../src/gen/sluice/v1/tool.ts';
import { capabilitiesOf } from '../../../../../src/providers/openai-api/capabilities.ts';
import { OPENAI_DIALECT } from '../../../../../src/providers/openai-api/chat/dialect.ts';
import { createResponsesApi } from '../../../../../src/providers/openai-api/responses/api.ts';
import {
  aCall,
  media,
  message,
  reasoning,
  reasonThrownBy,
  refusal,
  type Said,
  text,
  toolCall,
  toolResult,
} from '../a-call.ts';

const { mapRequest, counting } = createResponsesApi(OPENAI_DIALECT);

const THOUGHT = '{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}';

describe('mapping a request to a response', () => {
  it('says no more than the request, and that nothing is to be kept', () => {
    expect(written({ prompt: 'hi' })).toEqual({
      model: 'gpt-4o',
      input: [{ role: 'user', content: 'hi' }],
      store: false,
      stream: false,
    });
  });

  it('keeps zeros, which are not the same as nothing', () => {
    const sampling = { temperature: 0, topP: 0.5 };
    expect(written({ prompt: 'hi', sampling, maxOutputTokens: 70, endUser: 'u1' })).toMatchObject({
      temperature: 0,
      top_p: 0.5,
      max_output_tokens: 70,
      safety_identifier: 'u1',
    });
  });

  it('names the end user as the server wants it', () => {
    const body = (endUser: 'user' | undefined) =>
      createResponsesApi({ ...OPENAI_DIALECT, endUser }).mapRequest(aCall({ prompt: 'hi', endUser: 'u1' }), {
        streamed: false,
      }).body;
    expect(body('user')).toMatchObject({ user: 'u1' });
    expect(JSON.stringify(body(undefined))).not.toContain('u1');
  });

  it('raises a limit below the least that there is, and says so', () => {
    const { body, warned } = mapped({ prompt: 'hi', maxOutputTokens: 7 });
    expect(body.max_output_tokens).toBe(16);
    expect(warned).toEqual([['PARAMETER_CLAMPED', 'max_output_tokens']]);
  });

  it('maps a conversation with every part that responses take, in its order', () => {
    const messages = [
      message(Role.SYSTEM, text('Be brief.'), text('Be kind.')),
      message(
        Role.USER,
        text('Look:'),
        media('image', { mediaType: 'image/png', source: { $case: 'data', value: Buffer.from('png') } }),
        media('image', { source: { $case: 'uri', value: 'https://example.com/cat.png' } }),
        media('document', {
          mediaType: 'application/pdf',
          name: 'a.pdf',
          source: { $case: 'data', value: Buffer.from('pdf') },
        }),
        media('document', { source: { $case: 'uri', value: 'https://example.com/b.pdf' } }),
      ),
      message(
        Role.ASSISTANT,
        reasoning('hm', THOUGHT),
        text('Let me'),
        text(' see.'),
        toolCall('c1', 'add', '{"b":1,"a":2}'),
        toolCall('c2', 'now', ''),
      ),
      message(Role.TOOL, toolResult('c1', '3'), toolResult('c2', 'no clock', true)),
      message(Role.ASSISTANT, refusal('I will not.')),
    ];
    expect(written({ messages, prompt: 'Please.' }).input).toEqual([
      {
        role: 'system',
        content: [
          { type: 'input_text', text: 'Be brief.' },
          { type: 'input_text', text: 'Be kind.' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look:' },
          { type: 'input_image', image_url: 'data:image/png;base64,cG5n', detail: 'auto' },
          { type: 'input_image', image_url: 'https://example.com/cat.png', detail: 'auto' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,cGRm' },
          { type: 'input_file', file_url: 'https://example.com/b.pdf' },
        ],
      },
      JSON.parse(THOUGHT),
      {
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'Let me' },
          { type: 'output_text', text: ' see.' },
        ],
      },
      { type: 'function_call', call_id: 'c1', name: 'add', arguments: '{"b":1,"a":2}' },
      { type: 'function_call', call_id: 'c2', name: 'now', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: '3' },
      { type: 'function_call_output', call_id: 'c2', output: '{"error":"no clock"}' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'I will not.' }] },
      { role: 'user', content: 'Please.' },
    ]);
  });

  it.each([
    ["another vendor's", reasoning('hm', 'EqoBCkgIARABGAIiQL')],
    ["another server's", reasoning('hm', '[{"type":"reasoning.text","text":"hm"}]')],
    ['no', reasoning('hm', '')],
  ])('leaves reasoning out that has %s signature', (_whose, part) => {
    const messages = [message(Role.ASSISTANT, part, text('Hello.'))];
    expect(written({ messages, prompt: 'hi' }).input).toEqual([
      { role: 'assistant', content: [{ type: 'output_text', text: 'Hello.' }] },
      { role: 'user', content: 'hi' },
    ]);
  });

  it('leaves reasoning out that led to nothing, which the provider would refuse', () => {
    const messages = [message(Role.ASSISTANT, reasoning('', THOUGHT))];
    expect(written({ messages, prompt: 'Go on.' }).input).toEqual([{ role: 'user', content: 'Go on.' }]);
  });

  it('keeps reasoning whose call is in the next message', () => {
    const messages = [
      message(Role.ASSISTANT, reasoning('', THOUGHT)),
      message(Role.ASSISTANT, toolCall('c1', 'now', '{}')),
      message(Role.TOOL, toolResult('c1', 'noon')),
    ];
    expect(written({ messages, prompt: '' }).input).toHaveLength(3);
  });

  it('maps tools, which it never lets the provider enforce unasked', () => {
    const tools = [
      { name: 'add', description: 'Adds.', parameters: '{"type":"object","properties":{}}', strict: true },
      { name: 'now', description: '', parameters: '', strict: false },
    ];
    const toolChoice = { choice: { $case: 'name' as const, value: 'add' }, disableParallel: true };
    expect(written({ prompt: 'hi', tools, toolChoice })).toMatchObject({
      tools: [
        {
          type: 'function',
          name: 'add',
          description: 'Adds.',
          parameters: { type: 'object', properties: {} },
          strict: true,
        },
        { type: 'function', name: 'now', parameters: { type: 'object', properties: {} }, strict: false },
      ],
      tool_choice: { type: 'function', name: 'add' },
      parallel_tool_calls: false,
    });
  });

  it.each([
    [ToolMode.AUTO, 'auto'],
    [ToolMode.REQUIRED, 'required'],
    [ToolMode.NONE, 'none'],
    [ToolMode.UNSPECIFIED, undefined],
  ])('maps the tool mode %s', (value, word) => {
    const tools = [{ name: 'now' }];
    const body = written({ prompt: 'hi', tools, toolChoice: { choice: { $case: 'mode', value } } });
    expect(body.tool_choice).toBe(word);
  });

  it('maps a wish for JSON', () => {
    const format = { $case: 'jsonObject' as const, value: {} };
    expect(written({ prompt: 'hi', responseFormat: { format } }).text).toEqual({
      format: { type: 'json_object' },
    });
  });

  it('maps a schema, with its keys in their order', () => {
    const value = { name: '', description: 'A pair', schema: '{"b":1,"a":2}', strict: true };
    const format = { $case: 'jsonSchema' as const, value };
    expect(JSON.stringify(written({ prompt: 'hi', responseFormat: { format } }).text)).toBe(
      '{"format":{"type":"json_schema","name":"response","description":"A pair","schema":{"b":1,"a":2},"strict":true}}',
    );
  });

  it('names the field of a schema that is no JSON', () => {
    const value = { name: '', description: '', schema: '{', strict: true };
    const format = { $case: 'jsonSchema' as const, value };
    expect(reasonThrownBy(() => written({ prompt: 'hi', responseFormat: { format } }))).toBe(
      'INVALID_REQUEST',
    );
  });

  it('asks for the effort, for a summary of the reasoning, and for its encrypted form', () => {
    const reasoning = { effort: ReasoningEffort.MINIMAL, include: true };
    expect(written({ prompt: 'hi', reasoning }, { model: 'gpt-5-mini' })).toMatchObject({
      reasoning: { effort: 'minimal', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    });
  });

  it.each([
    ['gpt-5', true],
    ['o4-mini-2025-04-16', true],
    ['gpt-5.6-terra', true],
    ['openai.gpt-5.6-luna', true],
    ['ft:o4-mini:acme::id', true],
    ['gpt-4.1', false],
    ['gpt-4o', false],
    ['gpt-5-chat-latest', false],
    ['a-deployment', false],
  ])('asks %s unasked for the encrypted form of its reasoning: %s', (model, asks) => {
    expect(written({ prompt: 'hi' }, { model }).include).toEqual(
      asks ? ['reasoning.encrypted_content'] : undefined,
    );
  });

  it('asks a model that it does not know for it, once it is to reason', () => {
    const reasoning = { effort: ReasoningEffort.LOW };
    expect(written({ prompt: 'hi', reasoning }, { model: 'a-deployment' })).toMatchObject({
      reasoning: { effort: 'low' },
      include: ['reasoning.encrypted_content'],
    });
  });

  it('warns of a reasoning budget, which it cannot say', () => {
    const { warned } = mapped(
      { prompt: 'hi', reasoning: { budgetTokens: 9, include: true } },
      { model: 'o3' },
    );
    expect(warned).toEqual([['PARAMETER_DROPPED', 'reasoning.budget_tokens']]);
  });

  it("lets the caller's own options win, but not over how the answer is read", () => {
    const options = { temperature: 1, service_tier: 'flex', store: true, stream: true };
    expect(written({ prompt: 'hi', sampling: { temperature: 0 } }, { options })).toMatchObject({
      temperature: 1,
      service_tier: 'flex',
      store: true,
      stream: false,
    });
  });

  it('keeps what the request says of a member when an option names another side of it', () => {
    const format = { $case: 'jsonObject' as const, value: {} };
    const options = { text: { verbosity: 'low' }, reasoning: { context: 'all_turns' } };
    const request = {
      prompt: 'hi',
      responseFormat: { format },
      reasoning: { effort: ReasoningEffort.HIGH },
    };
    expect(written(request, { model: 'gpt-5', options })).toMatchObject({
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      reasoning: { effort: 'high', context: 'all_turns' },
    });
  });
});

describe('media in what the model has said', () => {
  it.each(['image', 'audio'] as const)('are refused: %s', (kind) => {
    const said = media(kind, { mediaType: `${kind}/x`, source: { $case: 'data', value: Buffer.from('x') } });
    const messages = [message(Role.ASSISTANT, text('Look:'), said)];
    expect(reasonThrownBy(() => mapped({ messages }))).toBe('UNSUPPORTED_PARAMETER');
  });
});

describe('the Responses API', () => {
  it('declares what it has no word for', () => {
    const takesAll = { ...capabilitiesOf('gpt-4o'), topK: true };
    const api = createResponsesApi({ ...OPENAI_DIALECT, capabilities: () => takesAll });
    expect(api.capabilities?.('gpt-4o')).toEqual({
      ...takesAll,
      topK: false,
      seed: false,
      maxStopTexts: 0,
      presencePenalty: false,
      frequencyPenalty: false,
      audioInput: false,
    });
  });

  it('asks for a token count with what makes up the input, and nothing else', () => {
    const call = aCall(
      {
        prompt: 'hi',
        maxOutputTokens: 100,
        sampling: { temperature: 1 },
        endUser: 'u',
        tools: [{ name: 'now' }],
      },
      { model: 'gpt-5', options: { instructions: 'Be brief.', service_tier: 'flex' } },
    );
    expect(Object.keys(JSON.parse(JSON.stringify(counting?.mapRequest(call)))).sort()).toEqual([
      'input',
      'instructions',
      'model',
      'tools',
    ]);
  });
});

function mapped(request: Said, said: Partial<ProviderCall> = {}) {
  const { body, warnings } = mapRequest(aCall(request, said), { streamed: false });
  return {
    body: JSON.parse(JSON.stringify(body)),
    warned: warnings.map(({ code, field }) => [code, field]),
  };
}

/** The body as it goes over the wire. */
function written(request: Said, said: Partial<ProviderCall> = {}) {
  return mapped(request, said).body;
}
