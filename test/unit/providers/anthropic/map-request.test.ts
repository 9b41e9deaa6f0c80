import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../src/gen/sluice/v1/tool.ts';
import { mapRequest } from '../../../../src/providers/anthropic/map-request.ts';
import { aCall, media, message, reasoning, text, toolCall, toolResult, written } from './a-call.ts';

describe('mapping a request to the Messages API', () => {
  it('says no more than the request, and the output limit that the provider insists on', () => {
    expect(written({ prompt: 'hi' })).toEqual({
      body: {
        model: 'claude-sonnet-4-5',
        max_tokens: 4096,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
        stream: false,
      },
      warned: [],
    });
  });

  it('keeps zeros, which are not the same as nothing', () => {
    const sampling = { temperature: 0, topK: 5, stop: ['a', '\n\n'] };
    const { body, warned } = written({ prompt: 'hi', sampling, maxOutputTokens: 7, endUser: 'u1' });
    expect(body).toMatchObject({
      temperature: 0,
      top_k: 5,
      stop_sequences: ['a'],
      max_tokens: 7,
      metadata: { user_id: 'u1' },
    });
    expect(warned).toEqual([['PARAMETER_DROPPED', 'sampling.stop']]);
  });

  it.each([
    ['claude-3-5-haiku-20241022', { temperature: 0.2, top_p: 0.9 }, []],
    ['claude-sonnet-4-5', { temperature: 0.2 }, [['PARAMETER_DROPPED', 'sampling.top_p']]],
  ])('gives %s temperature and top_p as far as it takes both', (model, members, dropped) => {
    const { body, warned } = written({ prompt: 'hi', sampling: { temperature: 0.2, topP: 0.9 } }, { model });
    const { temperature, top_p } = body;
    expect([JSON.parse(JSON.stringify({ temperature, top_p })), warned]).toEqual([members, dropped]);
  });

  it('maps a conversation with every part that the API takes', () => {
    const data = (value: string) => ({ source: { $case: 'data', value: Buffer.from(value) } });
    const messages = [
      message(Role.SYSTEM, text('Be brief.'), text('Be kind.')),
      message(
        Role.USER,
        text('Look:'),
        media('image', { mediaType: 'image/png', ...data('png') }),
        media('image', { mediaType: 'image/jpg', ...data('jpg') }),
        media('image', { source: { $case: 'uri', value: 'https://example.com/cat.png' } }),
        media('document', { mediaType: 'application/pdf', name: 'a.pdf', ...data('pdf') }),
        media('document', { mediaType: 'text/markdown', ...data('# é') }),
        media('document', { source: { $case: 'uri', value: 'https://example.com/b.pdf' } }),
      ),
      message(Role.ASSISTANT, text('Hm.'), { part: { $case: 'refusal', value: 'I will not.' } }),
      message(Role.SYSTEM, text('Use tools.')),
      message(Role.USER, text('Go on.'), text(' ')),
    ];
    const { body } = written({ messages, prompt: 'Please.' });
    expect(body.system).toBe('Be brief.\n\nBe kind.\n\nUse tools.');
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'cG5n' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'anBn' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/cat.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'cGRm' },
            title: 'a.pdf',
          },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '# é' } },
          { type: 'document', source: { type: 'url', url: 'https://example.com/b.pdf' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Hm.' },
          { type: 'text', text: 'I will not.' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Go on.' },
          { type: 'text', text: 'Please.' },
        ],
      },
    ]);
  });

  it('sends tool calls, their results and signed reasoning back, results first', () => {
    const messages = [
      message(Role.USER, text('Add.')),
      message(
        Role.ASSISTANT,
        reasoning('foreign', ''),
        reasoning('Two tools.', 'EqQB+/=='),
        reasoning('', 'encrypted==', true),
        toolCall('c1', 'add', '{"b":9007199254740993,"a":2}'),
        toolCall('c2', 'now', ''),
        { part: { $case: 'citation', value: { title: 't', uri: 'u', text: 'x' } } },
      ),
      message(Role.USER, text('Quick!')),
      message(Role.TOOL, toolResult('c1', '3'), toolResult('c2', 'no clock', true)),
      message(Role.TOOL, toolResult('c3', '')),
    ];
    const { body } = mapRequest(aCall({ messages }), { streamed: false });
    expect(JSON.parse(JSON.stringify(body.messages.slice(1)))).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Two tools.', signature: 'EqQB+/==' },
          { type: 'redacted_thinking', data: 'encrypted==' },
          { type: 'tool_use', id: 'c1', name: 'add', input: { b: 9007199254740992, a: 2 } },
          { type: 'tool_use', id: 'c2', name: 'now', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: '3' },
          { type: 'tool_result', tool_use_id: 'c2', content: 'no clock', is_error: true },
          { type: 'tool_result', tool_use_id: 'c3' },
          { type: 'text', text: 'Quick!' },
        ],
      },
    ]);
    expect(JSON.stringify(body)).toContain('{"b":9007199254740993,"a":2}');
  });

  it('says of a begun answer no more than that, least of all to think', () => {
    const messages = [message(Role.USER, text('Count.')), message(Role.ASSISTANT, text('One, two,'))];
    expect(written({ messages }).body).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 4096,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Count.' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'One, two,' }] },
      ],
      stream: false,
    });
  });

  it('ends the beginning of an answer without white space, which the provider refuses', () => {
    const messages = [message(Role.USER, text('Count.')), message(Role.ASSISTANT, text('One, two, \n'))];
    expect(written({ messages }).body.messages[1].content).toEqual([{ type: 'text', text: 'One, two,' }]);
  });

  it.each([
    ['messages[0].parts[1].audio', Role.USER, media('audio', { mediaType: 'audio/wav' })],
    ['messages[0].parts[1].document.media_type', Role.USER, media('document', { mediaType: 'image/tiff' })],
    ['messages[0].parts[1].image', Role.ASSISTANT, media('image', { mediaType: 'image/png' })],
  ])('refuses %s, which it could only drop', (field, role, part) => {
    const error = thrownBy(() => written({ messages: [message(role, text('hm'), part)] }));
    expect([reasonName(error.reason), error.details.violations?.[0]?.field]).toEqual([
      'UNSUPPORTED_PARAMETER',
      field,
    ]);
  });

  it('refuses a conversation of nothing but instructions', () => {
    const error = thrownBy(() => written({ messages: [message(Role.SYSTEM, text('Be brief.'))] }));
    expect([reasonName(error.reason), error.details.violations?.[0]?.field]).toEqual([
      'INVALID_REQUEST',
      'messages',
    ]);
  });

  it('writes schemas of tools with their keys in order and their big integers whole', () => {
    const parameters = '{"properties":{"z":{"maximum":9007199254740993},"a":{}},"type":"object"}';
    const tools = [{ name: 'f', description: 'd', parameters, strict: true }, { name: 'g' }];
    const { body } = mapRequest(aCall({ prompt: 'hi', tools }), { streamed: false });
    expect(JSON.stringify(body.tools)).toBe(
      `[{"name":"f","description":"d","input_schema":${parameters},"strict":true},` +
        `{"name":"g","input_schema":{"type":"object","properties":{}}}]`,
    );
  });

  it('warns where a model does not enforce the schema of a strict tool', () => {
    const tools = [{ name: 'f' }, { name: 'g', strict: true }];
    const { body, warned } = written({ prompt: 'hi', tools }, { model: 'claude-3-5-haiku-20241022' });
    expect(body.tools[1]).not.toHaveProperty('strict');
    expect(warned).toEqual([['PARAMETER_DROPPED', 'tools[1].strict']]);
  });

  it.each([
    [{ choice: { $case: 'mode' as const, value: ToolMode.AUTO } }, { type: 'auto' }],
    [{ choice: { $case: 'mode' as const, value: ToolMode.REQUIRED } }, { type: 'any' }],
    [{ choice: { $case: 'mode' as const, value: ToolMode.NONE }, disableParallel: true }, { type: 'none' }],
    [
      { choice: { $case: 'name' as const, value: 'f' }, disableParallel: true },
      { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    ],
    [{ disableParallel: true }, { type: 'auto', disable_parallel_tool_use: true }],
    [{ disableParallel: false }, undefined],
  ])('maps the tool choice %j', (toolChoice, choice) => {
    expect(written({ prompt: 'hi', tools: [{ name: 'f' }], toolChoice }).body.tool_choice).toEqual(choice);
  });

  it('says nothing about tools where there are none', () => {
    const { body } = written({ prompt: 'hi', toolChoice: { disableParallel: true } });
    expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages', 'stream']);
  });

  it("lets the caller's own options win, but not over how the answer is read", () => {
    const options = { temperature: 1, service_tier: 'auto', stream: true };
    expect(written({ prompt: 'hi', sampling: { temperature: 0 } }, { options }).body).toMatchObject({
      temperature: 1,
      service_tier: 'auto',
      stream: false,
    });
  });
});

describe('the form of the answer', () => {
  const schema = '{"type":"object","properties":{"age":{"type":"integer","minimum":0}},"required":["age"]}';
  const asked = (said: object) => ({
    prompt: 'hi',
    responseFormat: {
      format: {
        $case: 'jsonSchema' as const,
        value: { name: '', description: '', schema, strict: false, ...said },
      },
    },
  });

  it('is a strict schema as it was written', () => {
    expect(written(asked({ strict: true, description: 'An age.' })).body.output_config).toEqual({
      format: { type: 'json_schema', schema: { ...JSON.parse(schema), description: 'An age.' } },
    });
  });

  it('is a schema made such that the provider can enforce it, where strictness is not asked for', () => {
    expect(written(asked({})).body.output_config.format.schema).toEqual({
      type: 'object',
      properties: { age: { type: 'integer', description: '{minimum: 0}' } },
      additionalProperties: false,
      required: ['age'],
    });
  });

  it("is the schema as it is where the vendor's own rules do not cover it", () => {
    expect(written(asked({ schema: '{}' })).body.output_config.format.schema).toEqual({});
  });

  it('is asked for in words where the model has no setting for it, behind the instructions', () => {
    const messages = [message(Role.SYSTEM, text('Be brief.'))];
    const { body, warned } = written(
      { ...asked({ strict: true }), messages },
      { model: 'claude-3-5-haiku-20241022' },
    );
    expect(body.system).toBe(
      'Be brief.\n\nAnswer with one JSON object and nothing else, neither an explanation nor a code fence, ' +
        `which follows this JSON Schema: ${schema}`,
    );
    expect([body.output_config, warned]).toEqual([
      undefined,
      [['PARAMETER_DROPPED', 'response_format.json_schema.strict']],
    ]);
  });

  it('is any JSON object in words for every model', () => {
    const responseFormat = { format: { $case: 'jsonObject' as const, value: {} } };
    expect(written({ prompt: 'hi', responseFormat }).body.system).toContain('one JSON object');
  });
});

function thrownBy(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('no GatewayError was thrown');
}
