import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../../src/completion/error.ts';
import { CompleteRequest, ReasoningEffort } from '../../../../../src/gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../../src/gen/sluice/v1/tool.ts';
import { OPENAI_DIALECT } from '../../../../../src/providers/openai-api/chat/dialect.ts';
import { mapRequest } from '../../../../../src/providers/openai-api/chat/map-request.ts';

describe('mapping a request to a chat completion', () => {
  it('says no more than the request', () => {
    expect(written({ prompt: 'hi' })).toEqual({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
    });
  });

  it('asks a stream for its usage', () => {
    expect(written({ prompt: 'hi' }, { streamed: true })).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
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
      max_completion_tokens: 7,
      safety_identifier: 'u1',
    });
  });

  it('maps a conversation with every part that chat completions take', () => {
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
        media('audio', { mediaType: 'audio/mpeg', source: { $case: 'data', value: Buffer.from('mp3') } }),
      ),
      message(
        Role.ASSISTANT,
        { part: { $case: 'reasoning', value: { text: 'hm', signature: Buffer.from('s'), redacted: false } } },
        toolCall('c1', 'add', '{"b":1,"a":2}'),
        toolCall('c2', 'now', ''),
      ),
      message(Role.TOOL, toolResult('c1', '3'), toolResult('c2', 'noon')),
      message(Role.ASSISTANT, text('No.'), { part: { $case: 'refusal', value: 'I will not.' } }),
      { ...message(Role.USER, text('Go on.')), name: 'ada' },
    ];
    expect(written({ messages, prompt: 'Please.' }).messages).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: 'Be kind.' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,cG5n' } },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,cGRm' } },
          { type: 'input_audio', input_audio: { data: 'bXAz', format: 'mp3' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'add', arguments: '{"b":1,"a":2}' } },
          { id: 'c2', type: 'function', function: { name: 'now', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: '3' },
      { role: 'tool', tool_call_id: 'c2', content: 'noon' },
      { role: 'assistant', content: 'No.', refusal: 'I will not.' },
      { role: 'user', content: 'Go on.', name: 'ada' },
      { role: 'user', content: 'Please.' },
    ]);
  });

  it('says in the result of a tool that it failed', () => {
    const failed = { toolCallId: 'c1', name: 'add', content: 'no "x"', isError: true };
    const messages = [message(Role.TOOL, { part: { $case: 'toolResult', value: failed } })];
    expect(written({ messages }).messages).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: '{"error":"no \\"x\\""}' },
    ]);
  });

  it.each([
    [
      'messages[0].parts[0].document.uri',
      media('document', { source: { $case: 'uri', value: 'https://a/b.pdf' } }),
    ],
    [
      'messages[0].parts[0].audio.uri',
      media('audio', { source: { $case: 'uri', value: 'https://a/b.mp3' } }),
    ],
    [
      'messages[0].parts[0].audio.media_type',
      media('audio', { mediaType: 'audio/ogg', source: { $case: 'data', value: Buffer.from('x') } }),
    ],
  ])('refuses %s, which it could only drop', (field, part) => {
    const error = thrownBy(() => written({ messages: [message(Role.USER, part)] }));
    expect([reasonName(error.reason), error.details.violations?.[0]?.field]).toEqual([
      'UNSUPPORTED_PARAMETER',
      field,
    ]);
  });

  it.each(['image', 'audio'] as const)('refuses %s in what the model has said', (kind) => {
    const said = media(kind, { mediaType: `${kind}/x`, source: { $case: 'data', value: Buffer.from('x') } });
    const error = thrownBy(() => written({ messages: [message(Role.ASSISTANT, text('Look:'), said)] }));
    expect(error.details.violations?.[0]?.field).toBe(`messages[0].parts[1].${kind}`);
  });

  it('writes schemas with their keys in order and their big integers whole', () => {
    const parameters =
      '{"type":"object","properties":{"z":{"maximum":9007199254740993},"a":{}},"required":["z"]}';
    const { body } = map({
      prompt: 'hi',
      tools: [{ name: 'f', description: 'd', parameters, strict: true }],
    });
    expect(JSON.stringify(body)).toContain(
      `{"name":"f","description":"d","parameters":${parameters},"strict":true}`,
    );
  });

  it('names the field of a schema that is not JSON', () => {
    const error = thrownBy(() => written({ prompt: 'hi', tools: [{ name: 'f', parameters: '{' }] }));
    expect(error.details.violations?.[0]?.field).toBe('tools[0].parameters');
  });

  it.each([
    [{ choice: { $case: 'mode' as const, value: ToolMode.AUTO } }, { tool_choice: 'auto' }],
    [{ choice: { $case: 'mode' as const, value: ToolMode.REQUIRED } }, { tool_choice: 'required' }],
    [{ choice: { $case: 'mode' as const, value: ToolMode.NONE } }, { tool_choice: 'none' }],
    [
      { choice: { $case: 'name' as const, value: 'f' }, disableParallel: true },
      { tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false },
    ],
    [{ choice: undefined, disableParallel: false }, {}],
  ])('maps the tool choice %j', (toolChoice, members) => {
    const {
      model: _model,
      messages: _messages,
      tools: _tools,
      stream: _stream,
      ...rest
    } = written({
      prompt: 'hi',
      tools: [{ name: 'f' }],
      toolChoice,
    });
    expect(rest).toEqual(members);
  });

  it('says nothing about tools where there are none', () => {
    const toolChoice = { choice: { $case: 'mode' as const, value: ToolMode.NONE }, disableParallel: true };
    expect(Object.keys(written({ prompt: 'hi', toolChoice }))).toEqual(['model', 'messages', 'stream']);
  });

  it('asks for JSON, by a schema where there is one', () => {
    const object = { format: { $case: 'jsonObject' as const, value: {} } };
    expect(written({ prompt: 'hi', responseFormat: object }).response_format).toEqual({
      type: 'json_object',
    });
    const schema = { name: '', description: 'An age.', schema: '{"type":"object"}', strict: true };
    const responseFormat = { format: { $case: 'jsonSchema' as const, value: schema } };
    expect(written({ prompt: 'hi', responseFormat }).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'response', description: 'An age.', schema: { type: 'object' }, strict: true },
    });
  });

  it.each([
    ['o3', ReasoningEffort.NONE, 'low', ['reasoning.effort']],
    ['o4-mini', ReasoningEffort.MINIMAL, 'low', []],
    ['gpt-5-mini', ReasoningEffort.NONE, 'minimal', ['reasoning.effort']],
    ['gpt-5', ReasoningEffort.MINIMAL, 'minimal', []],
    ['gpt-5.4-mini', ReasoningEffort.NONE, 'none', []],
    ['gpt-5.1', ReasoningEffort.MINIMAL, 'low', []],
    ['gpt-5', ReasoningEffort.HIGH, 'high', []],
    ['gpt-5', ReasoningEffort.UNSPECIFIED, undefined, []],
    ['gpt-4o', ReasoningEffort.HIGH, undefined, []],
  ])('asks %s for effort %s as %s', (model, effort, wanted, warned) => {
    const { body, warnings } = map({ prompt: 'hi', reasoning: { effort } }, { model });
    expect([body.reasoning_effort, warnings.map(({ field }) => field)]).toEqual([wanted, warned]);
  });

  it('warns of a reasoning budget and of reasoning to be shown, which chat completions have not', () => {
    const { warnings } = map(
      { prompt: 'hi', reasoning: { budgetTokens: 9, include: true } },
      { model: 'gpt-5' },
    );
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([
      ['PARAMETER_DROPPED', 'reasoning.budget_tokens'],
      ['PARAMETER_DROPPED', 'reasoning.include'],
    ]);
  });

  it("lets the caller's own options win, but not over how the answer is read", () => {
    const options = { temperature: 1, service_tier: 'flex', stream: true };
    expect(written({ prompt: 'hi', sampling: { temperature: 0 } }, { options })).toMatchObject({
      temperature: 1,
      service_tier: 'flex',
      stream: false,
    });
  });
});

interface Asked {
  model?: string;
  options?: Record<string, unknown>;
  streamed?: boolean;
}

function map(request: Parameters<typeof CompleteRequest.fromPartial>[0], asked: Asked = {}) {
  const { model = 'gpt-4o', options, streamed = false } = asked;
  const call = {
    model,
    request: CompleteRequest.fromPartial(request),
    options,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report() {},
  };
  return mapRequest(call, { streamed, dialect: OPENAI_DIALECT });
}

/** The body as the SDK writes it. */
function written(request: Parameters<typeof CompleteRequest.fromPartial>[0], asked: Asked = {}) {
  return JSON.parse(JSON.stringify(map(request, asked).body));
}

function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: '' };
}

function text(value: string): Part {
  return { part: { $case: 'text', value } };
}

function media($case: 'image' | 'document' | 'audio', value: object): Part {
  return { part: { $case, value: { mediaType: '', name: '', ...value } } };
}

function toolCall(id: string, name: string, json: string): Part {
  return { part: { $case: 'toolCall', value: { id, name, arguments: json, signature: Buffer.alloc(0) } } };
}

function toolResult(toolCallId: string, content: string): Part {
  return { part: { $case: 'toolResult', value: { toolCallId, name: '', content, isError: false } } };
}

function thrownBy(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('no GatewayError was thrown');
}
