import { describe, expect, it } from 'vitest';
import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../src/gen/sluice/v1/tool.ts';
import { mapRequest } from '../../../../src/providers/cohere/map-request.ts';
import {
  aCall,
  bytes,
  media,
  message,
  reasoning,
  type Said,
  text,
  toolCall,
  toolResult,
  written,
} from './a-call.ts';

const MODEL = 'command-a-plus-05-2026';
const SCHEMA =
  '{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"integer"}},"required":["b"]}';
const TOOLS = [
  { name: 'add', description: 'Adds.', parameters: SCHEMA },
  { name: 'now', description: '', parameters: '' },
];
const USER = { role: 'user', content: 'hi' };

describe('the body of a chat request', () => {
  it('is no more than was asked for', () => {
    expect(written({ prompt: 'hi' })).toEqual({
      body: { model: MODEL, messages: [USER], stream: false },
      warned: [],
    });
  });

  it('leaves a begun answer where it stands, though the model begins anew', () => {
    const messages = [message(Role.USER, text('hi')), message(Role.ASSISTANT, text('One, two,'))];
    expect(written({ messages }).body).toEqual({
      model: MODEL,
      messages: [USER, { role: 'assistant', content: 'One, two,' }],
      stream: false,
    });
  });

  it('says everything that can be said', () => {
    const { body, warned } = written({
      messages: [message(Role.SYSTEM, text('Be brief.'))],
      prompt: 'hi',
      maxOutputTokens: 100,
      sampling: { temperature: 0, topP: 0.5, topK: 40, seed: 7, stop: ['END'], frequencyPenalty: 0.5 },
      reasoning: { budgetTokens: 2000 },
      endUser: 'someone',
    });
    expect(body).toEqual({
      model: MODEL,
      messages: [{ role: 'system', content: 'Be brief.' }, USER],
      max_tokens: 100,
      temperature: 0,
      p: 0.5,
      k: 40,
      seed: 7,
      stop_sequences: ['END'],
      frequency_penalty: 0.5,
      thinking: { type: 'enabled', token_budget: 2000 },
      stream: false,
    });
    expect(warned).toEqual([]);
  });

  it("puts the caller's options last, but for the way of answering", () => {
    const options = { safety_mode: 'STRICT', temperature: 0.9, stream: false };
    const call = aCall({ prompt: 'hi', sampling: { temperature: 0.1 } }, { options });
    expect(mapRequest(call, { streamed: true }).body).toEqual({
      model: MODEL,
      messages: [USER],
      safety_mode: 'STRICT',
      temperature: 0.9,
      stream: true,
    });
  });

  it('gathers what the system says in front, and refuses to say nothing else', () => {
    const messages = [
      message(Role.SYSTEM, text('One.')),
      message(Role.USER, text('hi')),
      message(Role.SYSTEM, text('Two.'), text('Three.')),
    ];
    expect(written({ messages }).body.messages).toEqual([
      { role: 'system', content: 'One.\n\nTwo.\n\nThree.' },
      USER,
    ]);
    expect(refusal({ messages: messages.slice(0, 1) })).toEqual(['INVALID_REQUEST', 'messages']);
  });
});

describe('the messages of a chat request', () => {
  it('hold texts and images in their order', () => {
    const image = media('image', { mediaType: 'image/png', source: bytes('png') });
    const linked = media('image', { source: { $case: 'uri', value: 'https://x/y.png' } });
    const messages = [message(Role.USER, text('What are'), image, linked, text(''), text('these?'))];
    expect(written({ messages }).body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What are' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,cG5n' } },
          { type: 'image_url', image_url: { url: 'https://x/y.png' } },
          { type: 'text', text: 'these?' },
        ],
      },
    ]);
  });

  it("answer calls with a message for each tool's result, before what the user says", () => {
    const messages = [
      message(Role.USER, text('Add.')),
      message(Role.ASSISTANT, toolCall('a', 'add', '{"x":1}'), toolCall('b', 'now', '')),
      message(Role.TOOL, text('Well?'), toolResult('a', '{"sum":2}'), toolResult('b', 'no clock', true)),
    ];
    expect(written({ messages }).body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'add', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'now', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '{"sum":2}' },
      { role: 'tool', tool_call_id: 'b', content: '{"error":"no clock"}' },
      { role: 'user', content: 'Well?' },
    ]);
  });

  it('call what the model said before it called tools its plan, since the provider refuses it as text', () => {
    const said = [reasoning('Hm.'), text('I will '), text('add.'), toolCall('a', 'add', '{}')];
    expect(written({ messages: [message(Role.ASSISTANT, ...said)] }).body.messages).toEqual([
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: '{}' } }],
        tool_plan: 'I will add.',
        content: [{ type: 'thinking', thinking: 'Hm.' }],
      },
    ]);
  });

  it.each([
    ['the model thinks', {}, {}, true],
    ['it shall not think', {}, { reasoning: { effort: ReasoningEffort.NONE } }, false],
    ['it cannot think', { model: 'command-a-03-2025' }, {}, false],
  ])('take back what was thought where %s', (_, call, request, taken) => {
    const said = [reasoning('Hm.'), reasoning('Signed elsewhere.', 'sig'), text('Yes.')];
    const messages = [message(Role.ASSISTANT, ...said), message(Role.USER, text('hi'))];
    const content = [
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'Yes.' },
    ];
    expect(written({ messages, ...request }, call).body.messages[0]).toEqual({
      role: 'assistant',
      content: taken ? content : 'Yes.',
    });
  });

  it('leave out citations, and an answer of nothing else', () => {
    const citation = { part: { $case: 'citation' as const, value: { title: 't', uri: '', text: 'x' } } };
    const refused = { part: { $case: 'refusal' as const, value: 'No.' } };
    const messages = [
      message(Role.ASSISTANT, text('It is 5.'), citation),
      message(Role.ASSISTANT, citation),
      message(Role.ASSISTANT, refused),
      message(Role.USER, text('hi')),
    ];
    expect(written({ messages }).body.messages).toEqual([
      { role: 'assistant', content: 'It is 5.' },
      { role: 'assistant', content: 'No.' },
      USER,
    ]);
  });

  it.each([
    [Role.USER, media('audio', { mediaType: 'audio/wav', source: bytes('x') }), 'audio'],
    [Role.ASSISTANT, media('image', { mediaType: 'image/png', source: bytes('x') }), 'image'],
  ])('refuse what the API has no place for: of %s, %j', (role, part, kind) => {
    const request = { messages: [message(Role.USER, text('hi')), message(role, text('x'), part)] };
    expect(refusal(request)).toEqual(['UNSUPPORTED_PARAMETER', `messages[1].parts[1].${kind}`]);
  });
});

describe('the documents of a chat request', () => {
  it('stand beside the messages: text as a snippet, JSON as it is', () => {
    const named = media('document', {
      mediaType: 'text/plain',
      name: 'Penguins',
      source: bytes('They swim.'),
    });
    const json = media('document', { mediaType: 'application/json', source: bytes('{"b":1,"a":{"c":2}}') });
    const list = media('document', { mediaType: 'application/json', source: bytes('[1]') });
    const { body } = written({ messages: [message(Role.USER, named, text('hi'), json, list)] });
    expect(body).toEqual({
      model: MODEL,
      messages: [USER],
      documents: [
        { data: { title: 'Penguins', snippet: 'They swim.' } },
        { data: { b: 1, a: { c: 2 } } },
        { data: { snippet: '[1]' } },
      ],
      stream: false,
    });
  });

  it.each([
    ['media_type', { mediaType: 'application/pdf', source: bytes('%PDF') }],
    ['uri', { mediaType: 'text/plain', source: { $case: 'uri', value: 'https://x/y' } }],
  ])('are refused by their %s', (member, value) => {
    const request = { prompt: 'hi', messages: [message(Role.USER, text('x'), media('document', value))] };
    expect(refusal(request)).toEqual(['UNSUPPORTED_PARAMETER', `messages[0].parts[1].document.${member}`]);
  });
});

describe('the tools of a chat request', () => {
  const add = {
    type: 'function',
    function: { name: 'add', description: 'Adds.', parameters: JSON.parse(SCHEMA) },
  };
  const now = { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } };
  const mode = (value: ToolMode) => ({ choice: { $case: 'mode' as const, value }, disableParallel: false });
  const name = { choice: { $case: 'name' as const, value: 'now' }, disableParallel: false };
  const OLD = { model: 'command-r-08-2024' };
  const dropped = [['PARAMETER_DROPPED', 'tool_choice']];

  it.each([
    ['nothing', undefined, {}, { tools: [add, now] }, []],
    ['that it is free', mode(ToolMode.AUTO), {}, { tools: [add, now] }, []],
    [
      'that one must be called',
      mode(ToolMode.REQUIRED),
      {},
      { tools: [add, now], tool_choice: 'REQUIRED' },
      [],
    ],
    ['that none may be called', mode(ToolMode.NONE), {}, { tools: [add, now], tool_choice: 'NONE' }, []],
    ['which must be called', name, {}, { tools: [now], tool_choice: 'REQUIRED' }, []],
    ['an older model that one must be called', mode(ToolMode.REQUIRED), OLD, { tools: [add, now] }, dropped],
    ['an older model that none may be called', mode(ToolMode.NONE), OLD, {}, []],
    ['an older model which must be called', name, OLD, { tools: [now] }, dropped],
  ])('where it is told %s', (_, toolChoice, call, members, warned) => {
    const { body, warned: fields } = written(
      { prompt: 'hi', tools: TOOLS, ...(toolChoice && { toolChoice }) },
      call,
    );
    expect(body).toEqual({ model: MODEL, ...call, messages: [USER], ...members, stream: false });
    expect(fields).toEqual(warned);
  });

  it('keep the order of keys, which prompt caches go by', () => {
    const { body } = written({ prompt: 'hi', tools: TOOLS });
    expect(JSON.stringify(body.tools[0].function.parameters)).toBe(SCHEMA);
  });

  it.each([
    [[true, true], { strict_tools: true }, []],
    [[false, false], {}, []],
    [[false, true], {}, [['PARAMETER_DROPPED', 'tools[1].strict']]],
  ])('are strict all or none: %j', (stricts, member, warned) => {
    const tools = TOOLS.map((tool, index) => ({ ...tool, strict: stricts[index] ?? false }));
    const { body, warned: fields } = written({ prompt: 'hi', tools });
    expect(body).toEqual({ model: MODEL, messages: [USER], tools: [add, now], ...member, stream: false });
    expect(fields).toEqual(warned);
  });

  it('cannot be kept to one at a time, which is said', () => {
    const toolChoice = { disableParallel: true };
    expect(written({ prompt: 'hi', tools: TOOLS, toolChoice }).warned).toEqual([
      ['PARAMETER_DROPPED', 'tool_choice.disable_parallel'],
    ]);
  });
});

describe('the form of the answer', () => {
  const object = { format: { $case: 'jsonObject' as const, value: {} } };
  const schema = (said: object = {}) => ({
    format: {
      $case: 'jsonSchema' as const,
      value: { name: '', description: '', schema: SCHEMA, strict: false, ...said },
    },
  });
  const document = media('document', { mediaType: 'text/plain', source: bytes('x') });

  it('is set, for a schema as well', () => {
    const { body } = written({ prompt: 'hi', responseFormat: schema({ description: 'A pair.' }) });
    expect(body.messages).toEqual([USER]);
    expect(body.response_format).toEqual({
      type: 'json_object',
      json_schema: { ...JSON.parse(SCHEMA), description: 'A pair.' },
    });
  });

  it('is told to the model as well where nobody speaks of JSON, since it might write white space without end', () => {
    const { body } = written({ prompt: 'hi', responseFormat: object });
    expect(body.response_format).toEqual({ type: 'json_object' });
    expect(body.messages).toEqual([
      { role: 'system', content: expect.stringContaining('one JSON object') },
      USER,
    ]);
    const spoken = written({ prompt: 'Answer in JSON.', responseFormat: object });
    expect(spoken.body.messages).toEqual([{ role: 'user', content: 'Answer in JSON.' }]);
  });

  it.each([
    ['tools', { tools: TOOLS }],
    ['documents', { messages: [message(Role.USER, document)] }],
  ])('is asked for beside %s, where the provider refuses to be set to it', (_, beside) => {
    const { body, warned } = written({ prompt: 'hi', ...beside, responseFormat: schema({ strict: true }) });
    expect(body.response_format).toBeUndefined();
    expect(body.messages).toEqual([{ role: 'system', content: expect.stringContaining(SCHEMA) }, USER]);
    expect(warned).toEqual([['PARAMETER_DROPPED', 'response_format.json_schema.strict']]);
    const plain = written({ prompt: 'Answer in JSON.', ...beside, responseFormat: object });
    expect(plain.body.messages[0]).toEqual({ role: 'system', content: expect.stringContaining('JSON') });
  });
});

describe('thinking', () => {
  const enabled = (token_budget: number) => ({ type: 'enabled', token_budget });

  it.each([
    [{}, undefined, undefined],
    [{ include: true }, undefined, undefined],
    [{ effort: ReasoningEffort.NONE }, undefined, { type: 'disabled' }],
    [{ budgetTokens: 0 }, undefined, { type: 'disabled' }],
    [{ effort: ReasoningEffort.MINIMAL }, undefined, enabled(1024)],
    [{ effort: ReasoningEffort.LOW }, undefined, enabled(2048)],
    [{ effort: ReasoningEffort.MEDIUM }, undefined, enabled(8192)],
    [{ effort: ReasoningEffort.MEDIUM }, 1000, enabled(500)],
    [{ effort: ReasoningEffort.HIGH }, 1000, { type: 'enabled' }],
    [{ effort: ReasoningEffort.HIGH, budgetTokens: 31_000 }, undefined, enabled(31_000)],
  ])('%j with a limit of %s is %j', (asked, maxOutputTokens, thinking) => {
    const limit = maxOutputTokens === undefined ? {} : { maxOutputTokens };
    expect(written({ prompt: 'hi', reasoning: asked, ...limit }).body.thinking).toEqual(thinking);
  });

  it('is not spoken of to a model that cannot', () => {
    const { body } = written(
      { prompt: 'hi', reasoning: { budgetTokens: 0 } },
      { model: 'command-r7b-12-2024' },
    );
    expect(body.thinking).toBeUndefined();
  });
});

describe('sampling', () => {
  it.each([
    [{ topP: 1 }, { p: 0.99 }, [['PARAMETER_CLAMPED', 'sampling.top_p']]],
    [{ topP: 0.001 }, { p: 0.01 }, [['PARAMETER_CLAMPED', 'sampling.top_p']]],
    [{ topK: 501 }, { k: 500 }, [['PARAMETER_CLAMPED', 'sampling.top_k']]],
    [{ presencePenalty: -1 }, { presence_penalty: 0 }, [['PARAMETER_CLAMPED', 'sampling.presence_penalty']]],
    [
      { frequencyPenalty: 2 },
      { frequency_penalty: 1 },
      [['PARAMETER_CLAMPED', 'sampling.frequency_penalty']],
    ],
    [
      { presencePenalty: 0.5, frequencyPenalty: 0.25 },
      { frequency_penalty: 0.25 },
      [['PARAMETER_DROPPED', 'sampling.presence_penalty']],
    ],
    [{ presencePenalty: 0.5, frequencyPenalty: 0 }, { presence_penalty: 0.5, frequency_penalty: 0 }, []],
  ])('%j becomes %j', (sampling, members, warned) => {
    const { body, warned: fields } = written({ prompt: 'hi', sampling });
    expect(body).toEqual({ model: MODEL, messages: [USER], ...members, stream: false });
    expect(fields).toEqual(warned);
  });
});

function refusal(request: Said): unknown {
  try {
    return written(request);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [reasonName(error.reason), error.details.metadata?.['field']];
  }
}
