import { describe, expect, it } from 'vitest';
import { Role } from '../../../../../src/gen/sluice/v1/message.ts';
import { mapRequest } from '../../../../../src/providers/huggingface/generation/map-request.ts';
import { message, text } from '../../../../support/parts.ts';
import { aCall, type Said } from '../a-call.ts';

const ALWAYS = { details: true, return_full_text: false };

/** The body as it is sent. */
function written(request: Said, options?: Record<string, unknown>, streamed = false) {
  return JSON.parse(JSON.stringify(mapRequest(aCall(request, { options }), { streamed }).body));
}

describe('a request for a text to be continued', () => {
  it('says no more than the text where no more is said', () => {
    expect(written({ prompt: 'Once upon' })).toEqual({
      inputs: 'Once upon',
      parameters: ALWAYS,
      stream: false,
    });
    expect(written({ prompt: 'Once upon' }, undefined, true).stream).toBe(true);
  });

  it('says all that can be said', () => {
    const sampling = {
      temperature: 0.5,
      topP: 0.9,
      topK: 10,
      seed: 7,
      stop: ['\n', 'END'],
      frequencyPenalty: 0.3,
    };
    expect(written({ prompt: 'Once upon', maxOutputTokens: 20, sampling })).toEqual({
      inputs: 'Once upon',
      parameters: {
        ...ALWAYS,
        max_new_tokens: 20,
        temperature: 0.5,
        do_sample: true,
        top_p: 0.9,
        top_k: 10,
        seed: 7,
        stop: ['\n', 'END'],
        frequency_penalty: 0.3,
      },
      stream: false,
    });
  });

  it('ends with what the request has the model begin with', () => {
    const messages = [message(Role.USER, text('Once upon')), message(Role.ASSISTANT, text(' a time'))];
    expect(written({ messages })).toEqual({
      inputs: 'Once upon a time',
      parameters: ALWAYS,
      stream: false,
    });
  });

  it('leaves out what TGI refuses and does anyway: a temperature of 0 and a top_p of 1', () => {
    const { parameters } = written({ prompt: 'hi', sampling: { temperature: 0, topP: 1 } });
    expect(parameters).toEqual({ ...ALWAYS, do_sample: false });
  });

  it('holds the text to a schema, or to any object', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } };
    const jsonSchema = { name: 'n', description: '', schema: JSON.stringify(schema), strict: true };
    const bySchema = written({
      prompt: 'hi',
      responseFormat: { format: { $case: 'jsonSchema', value: jsonSchema } },
    });
    expect(bySchema.parameters.grammar).toEqual({ type: 'json', value: schema });
    const anyObject = written({
      prompt: 'hi',
      responseFormat: { format: { $case: 'jsonObject', value: {} } },
    });
    expect(anyObject.parameters.grammar).toEqual({ type: 'json', value: { type: 'object' } });
  });

  it('is made of the whole conversation', () => {
    const said = (role: Role, text: string) => ({
      role,
      parts: [{ part: { $case: 'text' as const, value: text } }],
    });
    const messages = [said(Role.SYSTEM, 'Be brief.'), said(Role.USER, 'Hi.'), said(Role.ASSISTANT, 'Hello.')];
    expect(written({ messages, prompt: 'Who are you?' }).inputs).toBe(
      'Be brief.\n\nUser: Hi.\nAssistant: Hello.\nUser: Who are you?\nAssistant:',
    );
  });

  it('warns of an end user, whom it cannot name', () => {
    const { warnings } = mapRequest(aCall({ prompt: 'hi', endUser: 'u1' }), { streamed: false });
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([['PARAMETER_DROPPED', 'end_user']]);
  });

  it('takes the caller’s own options last, parameter by parameter', () => {
    const options = { parameters: { top_k: 3, watermark: true }, inputs: 'Instead' };
    expect(written({ prompt: 'hi', sampling: { topK: 9, seed: 1 } }, options)).toEqual({
      inputs: 'Instead',
      parameters: { ...ALWAYS, top_k: 3, seed: 1, watermark: true },
      stream: false,
    });
  });
});
