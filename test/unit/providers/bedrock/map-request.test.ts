import { describe, expect, it } from 'vitest';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../src/gen/sluice/v1/tool.ts';
import {
  CLAUDE,
  media,
  message,
  reasoning,
  type Said,
  text,
  toolCall,
  toolResult,
  written,
} from './a-call.ts';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
const weather = {
  name: 'weather',
  description: 'Tells it.',
  parameters: '{"type":"object","properties":{"z":{},"a":{}}}',
};
const hi = [{ role: 'user', content: [{ text: 'hi' }] }];

describe('a request to Bedrock', () => {
  it('is no more than a message where no more is said', () => {
    expect(written({ prompt: 'hi' })).toEqual({ body: { messages: hi }, warned: [] });
  });

  it.each([CLAUDE, 'us.amazon.nova-pro-v1:0', 'us.amazon.nova-2-lite-v1:0'])(
    'says of a begun answer no more than that, without white space at its end: %s',
    (model) => {
      const messages = [message(Role.USER, text('Count.')), message(Role.ASSISTANT, text('One, two, '))];
      expect(written({ messages }, { model }).body).toEqual({
        messages: [
          { role: 'user', content: [{ text: 'Count.' }] },
          { role: 'assistant', content: [{ text: 'One, two,' }] },
        ],
      });
    },
  );

  it("has system texts apart, limits and sampling together, and top_k among what is the model's own", () => {
    const { body, warned } = written({
      messages: [
        message(Role.SYSTEM, text('Be short.'), text('Be kind.')),
        message(Role.USER, text('hi')),
        message(Role.SYSTEM, text('Be quick.')),
      ],
      maxOutputTokens: 100,
      sampling: { temperature: 0, topK: 5, stop: ['END', ' '] },
    });
    expect(body).toEqual({
      system: [{ text: 'Be short.' }, { text: 'Be kind.' }, { text: 'Be quick.' }],
      messages: hi,
      inferenceConfig: { maxTokens: 100, temperature: 0, stopSequences: ['END'] },
      additionalModelRequestFields: { top_k: 5 },
    });
    expect(warned).toEqual([['PARAMETER_DROPPED', 'sampling.stop']]);
  });

  it.each([
    ['anthropic.claude-3-haiku-20240307-v1:0', { top_k: 5 }],
    ['mistral.mistral-large-2402-v1:0', { top_k: 5 }],
    ['cohere.command-r-plus-v1:0', { k: 5 }],
    ['eu.amazon.nova-pro-v1:0', { inferenceConfig: { topK: 5 } }],
  ])('says top_k as %s does', (model, fields) => {
    const { body } = written({ prompt: 'hi', sampling: { topK: 5 } }, { model });
    expect(body.additionalModelRequestFields).toEqual(fields);
  });

  it('keeps one of temperature and top_p where Claude takes but one', () => {
    const sampling = { temperature: 0.5, topP: 0.9 };
    expect(written({ prompt: 'hi', sampling })).toMatchObject({
      body: { inferenceConfig: { temperature: 0.5 } },
      warned: [['PARAMETER_DROPPED', 'sampling.top_p']],
    });
    expect(written({ prompt: 'hi', sampling }, { model: 'us.amazon.nova-lite-v1:0' })).toEqual({
      body: { messages: hi, inferenceConfig: sampling },
      warned: [],
    });
  });

  it('lets options win, merged into what is there: a guardrail, fields of the model', () => {
    const guardrailConfig = { guardrailIdentifier: 'g', guardrailVersion: 'DRAFT', trace: 'enabled' };
    const { body } = written(
      { prompt: 'hi', maxOutputTokens: 10, sampling: { topK: 5 } },
      {
        options: {
          guardrailConfig,
          inferenceConfig: { maxTokens: 20 },
          additionalModelRequestFields: { anthropic_beta: ['b'] },
          unheardOf: 1,
        },
      },
    );
    expect(body).toEqual({
      messages: hi,
      inferenceConfig: { maxTokens: 20 },
      additionalModelRequestFields: { top_k: 5, anthropic_beta: ['b'] },
      guardrailConfig,
      unheardOf: 1,
    });
  });
});

describe('a guardrail', () => {
  it.each([
    [true, { guardrailIdentifier: 'g', streamProcessingMode: 'async' }],
    [false, { guardrailIdentifier: 'g' }],
  ])('is told how to treat a stream where there is one (%s)', (streamed, expected) => {
    const guardrailConfig = { guardrailIdentifier: 'g', streamProcessingMode: 'async' };
    const { body } = written({ prompt: 'hi' }, { options: { guardrailConfig } }, { streamed });
    expect(body.guardrailConfig).toEqual(expected);
  });
});

describe('contents', () => {
  it('take images, documents and audio as bytes, with the names and formats that Bedrock has for them', () => {
    const parts = [
      media('image', { mediaType: 'image/jpg', source: { $case: 'data', value: PNG } }),
      media('document', {
        mediaType: 'application/pdf',
        name: 'a_report: v1.2.pdf',
        source: { $case: 'data', value: PNG },
      }),
      media('document', {
        mediaType: 'text/plain; charset=utf-8',
        name: 'a report.txt',
        source: { $case: 'data', value: PNG },
      }),
      media('document', {
        mediaType: 'application/json',
        name: '日本.json',
        source: { $case: 'data', value: PNG },
      }),
      media('document', {
        mediaType: 'text/csv',
        name: 'a_report: v1',
        source: { $case: 'data', value: PNG },
      }),
      media('audio', { mediaType: 'audio/mpeg', source: { $case: 'data', value: PNG } }),
    ];
    const { body } = written({ messages: [message(Role.USER, ...parts)] });
    const source = { bytes: 'iVBORw==' };
    expect(body.messages[0].content).toEqual([
      { image: { format: 'jpeg', source } },
      { document: { format: 'pdf', name: 'a report v1 2', source } },
      { document: { format: 'txt', name: 'a report', source } },
      { document: { format: 'txt', name: 'document', source } },
      { document: { format: 'csv', name: 'a report v1', source } },
      { audio: { format: 'mp3', source } },
    ]);
  });

  it('give documents of one name a number each, over all messages', () => {
    const document = media('document', {
      mediaType: 'text/plain',
      name: 'n.txt',
      source: { $case: 'data', value: PNG },
    });
    const { body } = written({
      messages: [
        message(Role.USER, document, document),
        message(Role.ASSISTANT, text('Read.')),
        message(Role.USER, document),
      ],
    });
    const names = body.messages.flatMap(({ content }: { content: { document?: { name: string } }[] }) =>
      content.flatMap((block) => block.document?.name ?? []),
    );
    expect(names).toEqual(['n', 'n (2)', 'n (3)']);
  });

  it.each([
    ['image', 'messages[0].parts[0].image.uri'],
    ['document', 'messages[0].parts[0].document.uri'],
    ['audio', 'messages[0].parts[0].audio.uri'],
  ] as const)('refuse %s by address, and name the field', ($case, field) => {
    const part = media($case, { mediaType: 'image/png', source: { $case: 'uri', value: 'https://x/y' } });
    expect(() => written({ messages: [message(Role.USER, part)] })).toThrow(field);
  });

  it('refuse a document of a kind that Bedrock does not read', () => {
    const part = media('document', { mediaType: 'application/zip', source: { $case: 'data', value: PNG } });
    expect(() => written({ messages: [message(Role.USER, part)] })).toThrow('document.media_type');
  });

  it('join turns of one role, put results first, and leave blank texts out', () => {
    const { body } = written({
      messages: [
        message(Role.USER, text('one')),
        message(Role.USER, text(' '), text('two')),
        message(
          Role.ASSISTANT,
          text('calling'),
          toolCall('c1', 'weather', '{"city":"Rome"}'),
          toolCall('c2', 'weather', ''),
        ),
        message(Role.USER, text('and?')),
        message(Role.TOOL, toolResult('c1', 'sunny'), toolResult('c2', '', true)),
        message(Role.ASSISTANT, text('It is \n')),
      ],
      tools: [weather],
    });
    expect(body.messages).toEqual([
      { role: 'user', content: [{ text: 'one' }, { text: 'two' }] },
      {
        role: 'assistant',
        content: [
          { text: 'calling' },
          { toolUse: { toolUseId: 'c1', name: 'weather', input: { city: 'Rome' } } },
          { toolUse: { toolUseId: 'c2', name: 'weather', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'c1', content: [{ text: 'sunny' }] } },
          { toolResult: { toolUseId: 'c2', content: [{ text: '(nothing)' }], status: 'error' } },
          { text: 'and?' },
        ],
      },
      { role: 'assistant', content: [{ text: 'It is' }] },
    ]);
  });

  it('send signed and encrypted reasoning back, and leave out what nobody signed', () => {
    const { body } = written({
      messages: [
        message(Role.USER, text('hi')),
        message(
          Role.ASSISTANT,
          reasoning('Hm.', 'sig=='),
          reasoning('', PNG, true),
          reasoning('Unsigned.', ''),
          text('Hi.'),
        ),
        message(Role.USER, text('more')),
      ],
    });
    expect(body.messages[1].content).toEqual([
      { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'sig==' } } },
      { reasoningContent: { redactedContent: 'iVBORw==' } },
      { text: 'Hi.' },
    ]);
  });

  it('must hold more than instructions', () => {
    expect(() => written({ messages: [message(Role.SYSTEM, text('Be short.'))] })).toThrow('messages');
  });
});

describe('tools', () => {
  const spec = {
    toolSpec: {
      name: 'weather',
      description: 'Tells it.',
      inputSchema: { json: { type: 'object', properties: { z: {}, a: {} } } },
    },
  };
  const called = [
    message(Role.USER, text('hi')),
    message(Role.ASSISTANT, toolCall('c1', 'weather', '{}')),
    message(Role.TOOL, toolResult('c1', 'sunny')),
  ];

  it.each<[string, Said['toolChoice'], object]>([
    ['nothing', undefined, {}],
    ['as the model likes', { choice: { $case: 'mode', value: ToolMode.AUTO } }, { toolChoice: { auto: {} } }],
    ['some', { choice: { $case: 'mode', value: ToolMode.REQUIRED } }, { toolChoice: { any: {} } }],
    [
      'this one',
      { choice: { $case: 'name', value: 'weather' } },
      { toolChoice: { tool: { name: 'weather' } } },
    ],
  ])('are described, and %s is said of their use', (_what, toolChoice, choice) => {
    const { body, warned } = written({ prompt: 'hi', tools: [weather], toolChoice });
    expect(body.toolConfig).toEqual({ tools: [spec], ...choice });
    expect(warned).toEqual([]);
  });

  it('keep the order of their keys, and get a type where they have none', () => {
    const { body } = written({ prompt: 'hi', tools: [weather, { name: 'now' }] });
    expect(JSON.stringify(body.toolConfig.tools[0])).toContain('{"z":{},"a":{}}');
    expect(body.toolConfig.tools[1]).toEqual({
      toolSpec: { name: 'now', inputSchema: { json: { type: 'object', properties: {} } } },
    });
  });

  it('are left out where none may be called', () => {
    const toolChoice = { choice: { $case: 'mode' as const, value: ToolMode.NONE } };
    expect(written({ prompt: 'hi', tools: [weather], toolChoice })).toEqual({
      body: { messages: hi },
      warned: [],
    });
  });

  it('stay where none may be called but some were, since Bedrock refuses the conversation otherwise', () => {
    const toolChoice = { choice: { $case: 'mode' as const, value: ToolMode.NONE } };
    const { body, warned } = written({ messages: called, tools: [weather], toolChoice });
    expect([body.toolConfig, warned]).toEqual([
      { tools: [spec] },
      [['PARAMETER_DROPPED', 'tool_choice.mode']],
    ]);
  });

  it('are named where the conversation tells of them and nobody describes them', () => {
    const { body } = written({ messages: called });
    expect(body.toolConfig).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'weather',
            description: 'Not available any more.',
            inputSchema: { json: { type: 'object' } },
          },
        },
      ],
    });
  });

  it('are called one at a time where the model can be told so, in one place', () => {
    const { body, warned } = written({
      prompt: 'hi',
      tools: [weather],
      toolChoice: { choice: { $case: 'name', value: 'weather' }, disableParallel: true },
    });
    expect(body).toEqual({
      messages: hi,
      toolConfig: { tools: [spec] },
      additionalModelRequestFields: {
        tool_choice: { type: 'tool', name: 'weather', disable_parallel_tool_use: true },
      },
    });
    expect(warned).toEqual([]);
  });

  it('warn where the model cannot be told so, or does not enforce schemas', () => {
    const { body, warned } = written(
      {
        prompt: 'hi',
        tools: [{ ...weather, strict: true }],
        toolChoice: { choice: { $case: 'mode', value: ToolMode.REQUIRED }, disableParallel: true },
      },
      { model: 'us.amazon.nova-lite-v1:0' },
    );
    expect(body.toolConfig).toEqual({ tools: [spec], toolChoice: { any: {} } });
    expect(warned).toEqual([
      ['PARAMETER_DROPPED', 'tools[0].strict'],
      ['PARAMETER_DROPPED', 'tool_choice.disable_parallel'],
    ]);
  });

  it('are strict where the model enforces schemas', () => {
    const { body } = written({ prompt: 'hi', tools: [{ ...weather, strict: true }] });
    expect(body.toolConfig.tools[0].toolSpec.strict).toBe(true);
  });
});

describe('the form of the answer', () => {
  const format = (strict: boolean) => ({
    format: {
      $case: 'jsonSchema' as const,
      value: {
        name: 'city',
        description: 'A city.',
        schema: '{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}',
        strict,
      },
    },
  });

  it('is enforced as it stands where it is strict', () => {
    const { body } = written({ prompt: 'hi', responseFormat: format(true) });
    expect(body.outputConfig).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: {
          jsonSchema: {
            name: 'city',
            description: 'A city.',
            schema: '{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}',
          },
        },
      },
    });
  });

  it('is made enforceable where it is not strict', () => {
    const { body } = written({ prompt: 'hi', responseFormat: format(false) });
    const schema = JSON.parse(body.outputConfig.textFormat.structure.jsonSchema.schema);
    expect(schema).toMatchObject({ additionalProperties: false, properties: { n: { type: 'integer' } } });
    expect(schema.properties.n).not.toHaveProperty('minimum');
  });

  it('is asked for in words where the model is not held to it', () => {
    const { body, warned } = written(
      {
        messages: [message(Role.SYSTEM, text('Be short.')), message(Role.USER, text('hi'))],
        responseFormat: format(true),
      },
      { model: 'amazon.nova-pro-v1:0' },
    );
    expect(body.system).toHaveLength(2);
    expect(body.system[1].text).toContain('"minimum":1');
    expect(body.system[1].text).toContain('A city.');
    expect(body).not.toHaveProperty('outputConfig');
    expect(warned).toEqual([['PARAMETER_DROPPED', 'response_format.json_schema.strict']]);
  });

  it('is any JSON object by being asked for', () => {
    const { body } = written({
      prompt: 'hi',
      responseFormat: { format: { $case: 'jsonObject', value: {} } },
    });
    expect(body.system[0].text).toContain('JSON object');
  });
});

describe('reasoning', () => {
  const thinking = (reasoning: Said['reasoning'], model = CLAUDE, said: Said = {}) =>
    written({ prompt: 'hi', reasoning, ...said }, { model });

  it('is a budget for Claude before 4.6, below the output limit', () => {
    expect(thinking({ budgetTokens: 2000 }).body.additionalModelRequestFields).toEqual({
      thinking: { type: 'enabled', budget_tokens: 2000 },
    });
    expect(thinking({ effort: ReasoningEffort.HIGH }, CLAUDE, { maxOutputTokens: 8000 }).body).toMatchObject({
      inferenceConfig: { maxTokens: 8000 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 4000 } },
    });
    expect(thinking({ budgetTokens: 9000 }, CLAUDE, { maxOutputTokens: 8000 })).toMatchObject({
      body: { additionalModelRequestFields: { thinking: { budget_tokens: 7999 } } },
      warned: [['PARAMETER_CLAMPED', 'reasoning.budget_tokens']],
    });
  });

  it('is left out where the output limit has no room for it', () => {
    expect(thinking({ effort: ReasoningEffort.LOW }, CLAUDE, { maxOutputTokens: 1024 })).toEqual({
      body: { messages: hi, inferenceConfig: { maxTokens: 1024 } },
      warned: [['PARAMETER_DROPPED', 'reasoning']],
    });
  });

  it('is an effort for later Claudes', () => {
    expect(
      thinking({ effort: ReasoningEffort.MEDIUM, include: true }, 'global.anthropic.claude-opus-4-7').body,
    ).toEqual({
      messages: hi,
      outputConfig: { effort: 'medium' },
      additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } },
    });
    expect(thinking({ budgetTokens: 2000 }, 'global.anthropic.claude-opus-4-6-v1').body).toMatchObject({
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 } },
    });
  });

  it('takes the place of sampling that Claude refuses beside it, and gives way to a forced tool', () => {
    expect(
      thinking({ budgetTokens: 2000 }, CLAUDE, { sampling: { temperature: 0.2, topK: 4, topP: 0.5 } }),
    ).toMatchObject({
      body: { messages: hi, additionalModelRequestFields: { thinking: { budget_tokens: 2000 } } },
      warned: [
        ['PARAMETER_DROPPED', 'sampling.temperature'],
        ['PARAMETER_DROPPED', 'sampling.top_k'],
        ['PARAMETER_DROPPED', 'sampling.top_p'],
      ],
    });
    const forced = {
      tools: [weather],
      toolChoice: { choice: { $case: 'mode' as const, value: ToolMode.REQUIRED } },
    };
    const { body, warned } = thinking({ budgetTokens: 2000 }, CLAUDE, forced);
    expect(body).not.toHaveProperty('additionalModelRequestFields');
    expect(warned).toEqual([['PARAMETER_DROPPED', 'reasoning']]);
  });

  it.each<[string, Said['reasoning'], object, string[]]>([
    ['openai.gpt-oss-120b-1:0', { effort: ReasoningEffort.HIGH }, { reasoning_effort: 'high' }, []],
    [
      'openai.gpt-oss-120b-1:0',
      { effort: ReasoningEffort.NONE },
      { reasoning_effort: 'low' },
      ['reasoning.effort'],
    ],
    [
      'openai.gpt-oss-20b-1:0',
      { budgetTokens: 500 },
      { reasoning_effort: 'medium' },
      ['reasoning.budget_tokens'],
    ],
    [
      'us.amazon.nova-2-lite-v1:0',
      { effort: ReasoningEffort.LOW },
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } },
      [],
    ],
    [
      'us.amazon.nova-2-lite-v1:0',
      { effort: ReasoningEffort.NONE },
      { reasoningConfig: { type: 'disabled' } },
      [],
    ],
    [
      'us.anthropic.claude-sonnet-5',
      { effort: ReasoningEffort.NONE },
      { thinking: { type: 'disabled' } },
      [],
    ],
  ])('of %s is said in its own words (%j)', (model, reasoning, fields, warned) => {
    const said = thinking(reasoning, model);
    expect(said.body.additionalModelRequestFields).toEqual(fields);
    expect(said.warned.map(([, field]) => field)).toEqual(warned);
  });
});
