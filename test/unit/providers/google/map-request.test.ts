import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import {
  type CompleteRequest,
  ReasoningEffort,
  type Warning,
} from '../../../../src/gen/sluice/v1/completion_service.ts';
import { type Message, type Part, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../src/gen/sluice/v1/tool.ts';
import { mapRequest } from '../../../../src/providers/google/map-request.ts';
import { aProviderCall } from './google-request.ts';

const NOTHING = Buffer.alloc(0);
const WEATHER = {
  name: 'weather',
  description: 'Tells it.',
  parameters: '{"type":"object","properties":{"at":{"type":"string"}}}',
};

describe('mapping a request to generateContent', () => {
  it('says no more than the request', () => {
    expect(written({ prompt: 'hi', endUser: 'u1' })).toEqual({ contents: [user({ text: 'hi' })] });
  });

  it('says of a begun answer no more than that', () => {
    const messages = [message(Role.USER, text('Count.')), message(Role.ASSISTANT, text('One, two,'))];
    expect(written({ messages })).toEqual({
      contents: [user({ text: 'Count.' }), { role: 'model', parts: [{ text: 'One, two,' }] }],
    });
  });

  it('keeps zeros, which are not the same as nothing', () => {
    const sampling = {
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 0,
      stop: ['a'],
      presencePenalty: 0,
      frequencyPenalty: -1,
    };
    expect(written({ sampling, maxOutputTokens: 7 }).generationConfig).toEqual({
      maxOutputTokens: 7,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 0,
      stopSequences: ['a'],
      presencePenalty: 0,
      frequencyPenalty: -1,
    });
  });

  it('moves system messages to the system instruction, wherever they stand', () => {
    const messages = [
      message(Role.SYSTEM, text('Be brief.')),
      message(Role.USER, text('hi')),
      message(Role.SYSTEM, text('Be kind.')),
    ];
    expect(written({ messages })).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
      contents: [user({ text: 'hi' })],
    });
  });

  it('makes one turn of what follows each other in one role', () => {
    const messages = [
      message(Role.USER, text('a')),
      message(Role.USER, text('b')),
      message(Role.ASSISTANT, text('c')),
      message(Role.ASSISTANT, text('d')),
    ];
    expect(written({ messages, prompt: 'e' }).contents).toEqual([
      user({ text: 'a' }, { text: 'b' }),
      model({ text: 'c' }, { text: 'd' }),
      user({ text: 'e' }),
    ]);
  });

  const png = {
    mediaType: 'image/png',
    source: { $case: 'data' as const, value: Buffer.from('png') },
    name: '',
  };
  const pdf = { ...png, mediaType: 'application/pdf', name: 'a.pdf' };
  const cat = {
    mediaType: '',
    source: { $case: 'uri' as const, value: 'https://example.com/cat.png' },
    name: '',
  };
  it.each<[string, Part['part'], unknown]>([
    ['a text', { $case: 'text', value: 'hi' }, { text: 'hi' }],
    ['an image', { $case: 'image', value: png }, { inlineData: { mimeType: 'image/png', data: 'cG5n' } }],
    [
      'a document',
      { $case: 'document', value: pdf },
      { inlineData: { mimeType: 'application/pdf', data: 'cG5n' } },
    ],
    [
      'a sound',
      { $case: 'audio', value: { ...png, mediaType: 'audio/wav' } },
      { inlineData: { mimeType: 'audio/wav', data: 'cG5n' } },
    ],
    ['an address', { $case: 'image', value: cat }, { fileData: { fileUri: 'https://example.com/cat.png' } }],
    [
      'an address with its type',
      { $case: 'image', value: { ...cat, mediaType: 'image/png' } },
      { fileData: { fileUri: 'https://example.com/cat.png', mimeType: 'image/png' } },
    ],
  ])('maps %s', (_, part, expected) => {
    expect(written({ messages: [message(Role.USER, { part })] }).contents).toEqual([user(expected)]);
  });

  it('sends a refusal back as text, and neither citations nor reasoning that Gemini did not sign', () => {
    const messages = [
      message(
        Role.ASSISTANT,
        { part: { $case: 'reasoning', value: { text: 'hm', signature: NOTHING, redacted: false } } },
        { part: { $case: 'refusal', value: 'No.' } },
        { part: { $case: 'citation', value: { title: 't', uri: 'https://example.com', text: '' } } },
      ),
      message(Role.ASSISTANT, {
        part: { $case: 'reasoning', value: { text: 'hm', signature: NOTHING, redacted: false } },
      }),
    ];
    expect(written({ messages, prompt: 'why?' }).contents).toEqual([
      model({ text: 'No.' }),
      user({ text: 'why?' }),
    ]);
  });
});

describe('mapping tools', () => {
  it('declares them with their JSON Schema as it is', () => {
    const parameters =
      '{"type":"object","properties":{"z":{"const":9007199254740993},"a":{}},"additionalProperties":false}';
    const body = written({ tools: [{ ...WEATHER, parameters }, { name: 'now' }] });
    expect(JSON.stringify(body.tools)).toBe(
      `[{"functionDeclarations":[{"name":"weather","description":"Tells it.","parametersJsonSchema":${parameters}},{"name":"now"}]}]`,
    );
    expect(body).not.toHaveProperty('toolConfig');
  });

  it.each([
    [{ choice: { $case: 'mode', value: ToolMode.AUTO } }, { mode: 'AUTO' }],
    [{ choice: { $case: 'mode', value: ToolMode.REQUIRED } }, { mode: 'ANY' }],
    [{ choice: { $case: 'mode', value: ToolMode.NONE } }, { mode: 'NONE' }],
    [{ choice: { $case: 'name', value: 'weather' } }, { mode: 'ANY', allowedFunctionNames: ['weather'] }],
  ] as const)('maps the choice %j', (toolChoice, functionCallingConfig) => {
    expect(written({ tools: [WEATHER], toolChoice }).toolConfig).toEqual({ functionCallingConfig });
  });

  it('has calls validated where a tool is strict and the model decides', () => {
    const tools = [{ ...WEATHER, strict: true }];
    const name = { choice: { $case: 'name' as const, value: 'weather' } };
    expect(written({ tools }).toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } });
    expect(written({ tools, toolChoice: name }).toolConfig).toMatchObject({
      functionCallingConfig: { mode: 'ANY' },
    });
  });

  it('says nothing of tools where there are none, and warns that calls cannot be kept apart', () => {
    const toolChoice = { choice: { $case: 'mode' as const, value: ToolMode.NONE }, disableParallel: true };
    expect(written({ prompt: 'hi', toolChoice })).toEqual({ contents: [user({ text: 'hi' })] });
    expect(warned({ tools: [WEATHER], toolChoice })).toEqual([
      'PARAMETER_DROPPED tool_choice.disable_parallel',
    ]);
    expect(warned({ tools: [WEATHER] })).toEqual([]);
  });
});

describe('sending tool calls and results back', () => {
  it('sends back ids that Gemini gave, and no others', () => {
    const messages = [
      message(
        Role.ASSISTANT,
        call('g98os1Jf', 'add', '{"b":9007199254740993,"a":2}', 'c2ln'),
        call('call_r-1_1', 'now', ''),
      ),
      message(Role.TOOL, result('g98os1Jf', '{"sum":3}')),
      message(Role.TOOL, result('call_r-1_1', 'noon')),
    ];
    expect(JSON.stringify(written({ messages }).contents)).toBe(
      JSON.stringify([
        model(
          { functionCall: { id: 'g98os1Jf', name: 'add', args: { b: 0, a: 2 } }, thoughtSignature: 'c2ln' },
          { functionCall: { name: 'now', args: {} } },
        ),
        user(
          { functionResponse: { id: 'g98os1Jf', name: 'add', response: { sum: 3 } } },
          { functionResponse: { name: 'now', response: { result: 'noon' } } },
        ),
      ]).replace('"b":0', '"b":9007199254740993'),
    );
  });

  it('puts results in the order of their calls, before anything else that is said', () => {
    const messages = [
      message(Role.ASSISTANT, call('call_1', 'add', '{}'), call('call_2', 'add', '{}')),
      message(Role.USER, text('Here:')),
      message(Role.TOOL, result('call_2', 'two'), result('call_1', 'one')),
    ];
    expect(written({ messages }).contents.at(-1)).toEqual(
      user(
        { functionResponse: { name: 'add', response: { result: 'one' } } },
        { functionResponse: { name: 'add', response: { result: 'two' } } },
        { text: 'Here:' },
      ),
    );
  });

  it.each([
    ['an object', '{"a":1}', false, { a: 1 }],
    ['a list', '[1]', false, { result: '[1]' }],
    ['half an object', '{"a"', false, { result: '{"a"' }],
    ['nothing', '', false, { result: '' }],
    ['a failure', '{"a":1}', true, { error: '{"a":1}' }],
  ])('says a result that is %s', (_, content, isError, response) => {
    const toolResult = { toolCallId: 'call_1', name: 'add', content, isError };
    const messages = [message(Role.TOOL, { part: { $case: 'toolResult', value: toolResult } })];
    expect(written({ messages }).contents).toEqual([user({ functionResponse: { name: 'add', response } })]);
  });

  it('refuses a result whose tool nobody names', () => {
    const messages = [
      message(Role.USER, text('hi')),
      message(Role.TOOL, text('so:'), result('call_9', 'noon')),
    ];
    expect(refusal({ messages })).toEqual(['INVALID_REQUEST', 'messages[1].parts[1].tool_result.name']);
  });

  it('refuses arguments that are no object', () => {
    const messages = [message(Role.ASSISTANT, call('call_1', 'add', '[1]'))];
    expect(refusal({ messages })).toEqual(['INVALID_REQUEST', 'messages[0].parts[0].tool_call.arguments']);
  });

  it.each([
    ['gemini-3-flash', 'skip_thought_signature_validator'],
    ['gemini-2.5-flash', undefined],
  ])('tells %s of the first call in a turn that nobody signed it: %s', (name, thoughtSignature) => {
    const messages = [
      message(Role.ASSISTANT, text('Well:'), call('call_1', 'add', '{}'), call('call_2', 'add', '{}')),
    ];
    const add = { functionCall: { name: 'add', args: {} } };
    expect(written({ messages }, { model: name }).contents).toEqual([
      model({ text: 'Well:' }, { ...add, ...(thoughtSignature && { thoughtSignature }) }, add),
    ]);
  });
});

describe('mapping the form of an answer', () => {
  const schema =
    '{"type":"object","properties":{"b":{"type":"integer"},"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}';

  it('asks for JSON', () => {
    expect(
      written({ responseFormat: { format: { $case: 'jsonObject', value: {} } } }).generationConfig,
    ).toEqual({
      responseMimeType: 'application/json',
    });
    expect(written({ responseFormat: { format: { $case: 'text', value: {} } } })).not.toHaveProperty(
      'generationConfig',
    );
  });

  it('asks for a JSON Schema as it is', () => {
    const format = { $case: 'jsonSchema' as const, value: { name: 'x', schema, description: 'A form.' } };
    expect(JSON.stringify(written({ responseFormat: { format } }).generationConfig)).toBe(
      `{"responseMimeType":"application/json","responseJsonSchema":{"description":"A form.",${schema.slice(1)}}`,
    );
  });

  it.each([
    [
      'gemini-3-flash',
      { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
      1,
      [],
    ],
    ['models/gemini-2.5-flash', undefined, 2, ['PARAMETER_DROPPED response_format.json_schema.strict']],
  ])('asks %s for a schema beside tools as it can', (model, config, instructions, warnings) => {
    const format = { $case: 'jsonSchema' as const, value: { schema: '{"type":"object"}', strict: true } };
    const asked = {
      messages: [message(Role.SYSTEM, text('Be brief.')), message(Role.USER, text('hi'))],
      tools: [WEATHER],
      responseFormat: { format },
    };
    const { generationConfig, systemInstruction } = written(asked, { model });
    expect(generationConfig).toEqual(config);
    expect(systemInstruction.parts).toHaveLength(instructions);
    expect(systemInstruction.parts.at(-1).text).toMatch(
      instructions > 1 ? /JSON Schema: {"type":"object"}/ : /brief/,
    );
    expect(warned(asked, { model })).toEqual(warnings);
  });

  it('asks older models for JSON beside tools in words', () => {
    const asked = {
      tools: [WEATHER],
      responseFormat: { format: { $case: 'jsonObject' as const, value: {} } },
    };
    const body = written(asked, { model: 'gemini-2.0-flash' });
    expect(body).not.toHaveProperty('generationConfig');
    expect(body.systemInstruction.parts[0].text).toContain('JSON object');
  });

  it('says it in the words of OpenAPI to older models', () => {
    const format = { $case: 'jsonSchema' as const, value: { schema } };
    expect(
      written({ responseFormat: { format } }, { model: 'models/gemini-2.0-flash' }).generationConfig,
    ).toEqual({
      responseMimeType: 'application/json',
      responseSchema: {
        type: 'object',
        properties: { b: { type: 'integer' }, a: { type: 'string' } },
        propertyOrdering: ['b', 'a'],
      },
    });
  });

  it('says parameters in the words of OpenAPI to older models, with a warning for what is lost', () => {
    const parameters = '{"type":"object","properties":{"at":{"type":"string"}},"additionalProperties":false}';
    const tools = [
      { name: 'now', parameters: '{"type":"object","properties":{}}' },
      { name: 'weather', parameters },
    ];
    expect(written({ tools }, { model: 'gemini-2.0-flash' }).tools).toEqual([
      {
        functionDeclarations: [
          { name: 'now' },
          {
            name: 'weather',
            parameters: { type: 'object', properties: { at: { type: 'string' } }, propertyOrdering: ['at'] },
          },
        ],
      },
    ]);
    expect(warned({ tools }, { model: 'gemini-2.0-flash' })).toEqual([
      'SCHEMA_SIMPLIFIED tools[1].parameters',
    ]);
  });
});

describe('mapping how much the model shall think', () => {
  const { NONE, MINIMAL, LOW, MEDIUM, HIGH } = ReasoningEffort;
  it.each([
    ['gemini-3.1-pro-preview', NONE, { thinkingLevel: 'low' }, true],
    ['gemini-3.1-pro-preview', MINIMAL, { thinkingLevel: 'low' }, false],
    ['gemini-3.1-pro-preview', HIGH, { thinkingLevel: 'high' }, false],
    ['models/gemini-3-flash', NONE, { thinkingLevel: 'minimal' }, true],
    ['models/gemini-3-flash', MINIMAL, { thinkingLevel: 'minimal' }, false],
    ['gemini-flash-latest', MEDIUM, { thinkingLevel: 'medium' }, false],
    ['gemini-2.5-pro', NONE, { thinkingBudget: 128 }, true],
    ['gemini-2.5-pro', LOW, { thinkingBudget: 1024 }, false],
    ['gemini-2.5-flash', NONE, { thinkingBudget: 0 }, false],
    ['models/gemini-2.5-flash-lite', MINIMAL, { thinkingBudget: 512 }, false],
    ['gemini-2.5-flash', HIGH, { thinkingBudget: 24_576 }, false],
    ['gemini-2.0-flash', NONE, undefined, false],
  ])('tells %s of effort %s', (name, effort, thinkingConfig, clamped) => {
    const asked = { prompt: 'hi', reasoning: { effort } };
    expect(written(asked, { model: name }).generationConfig?.thinkingConfig).toEqual(thinkingConfig);
    expect(warned(asked, { model: name })).toEqual(clamped ? ['PARAMETER_CLAMPED reasoning.effort'] : []);
  });

  it('takes a number of tokens as it is, before an effort, and shows thoughts where asked', () => {
    const reasoning = { effort: HIGH, budgetTokens: 0, include: true };
    expect(written({ reasoning }).generationConfig).toEqual({
      thinkingConfig: { thinkingBudget: 0, includeThoughts: true },
    });
    expect(written({ reasoning: { include: true } }).generationConfig).toEqual({
      thinkingConfig: { includeThoughts: true },
    });
    expect(written({ reasoning: {} })).not.toHaveProperty('generationConfig');
    expect(written({ reasoning: { include: true } }, { model: 'gemini-2.0-flash' })).not.toHaveProperty(
      'generationConfig',
    );
  });
});

describe("the caller's own options", () => {
  it('win, and leave what stands beside them', () => {
    const options = {
      generationConfig: { temperature: 1, responseModalities: ['TEXT'] },
      tools: [{ google_search: {} }],
      safetySettings: [],
    };
    expect(
      written({ prompt: 'hi', sampling: { temperature: 0, topK: 1 }, tools: [WEATHER] }, { options }),
    ).toEqual({
      contents: [user({ text: 'hi' })],
      generationConfig: { temperature: 1, topK: 1, responseModalities: ['TEXT'] },
      tools: [{ google_search: {} }],
      safetySettings: [],
    });
  });

  it('may not take the conversation away', () => {
    expect(refusal({ prompt: 'hi' }, { options: { contents: null } })).toEqual([
      'INVALID_REQUEST',
      'provider_options.google.contents',
    ]);
  });
});

type Said = Parameters<typeof CompleteRequest.fromPartial>[0];
type Rest = Parameters<typeof aProviderCall>[1];

// biome-ignore lint/suspicious/noExplicitAny: the body as it is written, which the SDK's types do not know
function written(said: Said, rest: Rest = {}): any {
  return mapRequest(aProviderCall(said, rest)).body;
}

function warned(said: Said, rest: Rest = {}): string[] {
  return mapRequest(aProviderCall(said, rest)).warnings.map(({ code, field }: Warning) => `${code} ${field}`);
}

function refusal(said: Said, rest: Rest = {}): unknown {
  try {
    return mapRequest(aProviderCall(said, rest));
  } catch (error) {
    return error instanceof GatewayError
      ? [reasonName(error.reason), error.details.metadata?.['field']]
      : error;
  }
}

function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: '' };
}

function text(value: string): Part {
  return { part: { $case: 'text', value } };
}

function call(id: string, name: string, json: string, signature = ''): Part {
  return {
    part: { $case: 'toolCall', value: { id, name, arguments: json, signature: Buffer.from(signature) } },
  };
}

function result(toolCallId: string, content: string): Part {
  return { part: { $case: 'toolResult', value: { toolCallId, name: '', content, isError: false } } };
}

function user(...parts: unknown[]) {
  return { role: 'user', parts };
}

function model(...parts: unknown[]) {
  return { role: 'model', parts };
}
