import { describe, expect, it } from 'vitest';
import { redactable } from '../../../src/config/config.ts';
import { textsOf } from '../../../src/content/map-texts.ts';
import { createFinder } from '../../../src/content/redaction/find-values.ts';
import { redactRequest } from '../../../src/content/redaction/redact-request.ts';
import { createRedactor } from '../../../src/content/redaction/redactor.ts';
import { aRequest } from '../../support/builders.ts';

const find = createFinder({ redact: redactable, phoneRegions: [] });
const redact = (text: string, taken: string[] = [text]) => createRedactor({ find, taken }).redact(text);

describe('redacting a text', () => {
  it('gives one value one placeholder, and another one another', () => {
    expect(redact('a@example.com, b@example.com, a@example.com')).toBe('[EMAIL_1], [EMAIL_2], [EMAIL_1]');
  });

  it('leaves out placeholders that the text has already', () => {
    expect(redact('a@example.com is [EMAIL_1], [EMAIL_3] is not')).toBe(
      '[EMAIL_2] is [EMAIL_1], [EMAIL_3] is not',
    );
    expect(redact('a@example.com b@example.com', ['[EMAIL_1]'])).toBe('[EMAIL_2] [EMAIL_3]');
  });

  it('makes one placeholder of values that overlap, so that nothing of either is left', () => {
    expect(redact('token=9f8e7d6c5b4a:anna@example.com, ok')).toBe('token=[SECRET_1], ok');
  });

  it('keeps JSON JSON: numbers become texts, escapes stay whole, all else is as it was', () => {
    const json = '{ "card": 4111111111111111,\n "note": "a\\nanna@example.com", "n": 1.50 }';
    expect(redact(json)).toBe('{ "card": "[CARD_1]",\n "note": "a\\n[EMAIL_1]", "n": 1.50 }');
  });

  it('knows a secret by the name of its field, and looks into JSON within JSON', () => {
    expect(redact('{"password":"hunter2!","args":"{\\"to\\":\\"a@b.example\\"}"}')).toBe(
      '{"password":"[SECRET_1]","args":"{\\"to\\":\\"[EMAIL_1]\\"}"}',
    );
  });

  it('finds national numbers by the rules of a country, where one is given', () => {
    const german = createFinder({ redact: ['phone'], phoneRegions: ['DE'] });
    const said = 'Ruf 030 901820 an, Bestellung 4711-0815';
    expect(createRedactor({ find: german, taken: [] }).redact(said)).toBe(
      'Ruf [PHONE_1] an, Bestellung 4711-0815',
    );
    expect(redact(said)).toBe(said);
  });
});

describe('redacting a request', () => {
  const redacted = (said: Parameters<typeof aRequest>[0]) => {
    const request = aRequest(said);
    return redactRequest(request, createRedactor({ find, taken: textsOf(request) }));
  };

  it('covers all that people, tools and models say, in one numbering from the oldest on', () => {
    const { messages, prompt } = redacted({
      messages: [
        { role: 'ROLE_SYSTEM', parts: [{ part: { $case: 'text', value: 'Owner: a@x.example' } }] },
        {
          role: 'ROLE_ASSISTANT',
          parts: [
            {
              part: {
                $case: 'toolCall',
                value: { id: '1', name: 'mail', arguments: '{"to":"b@x.example"}' },
              },
            },
          ],
        },
        {
          role: 'ROLE_TOOL',
          parts: [
            { part: { $case: 'toolResult', value: { toolCallId: '1', content: 'sent to b@x.example' } } },
          ],
        },
      ],
      prompt: 'and c@x.example, a@x.example?',
    });
    expect(JSON.stringify(messages)).not.toContain('x.example');
    expect(messages[2]?.parts[0]?.part).toMatchObject({ value: { content: 'sent to [EMAIL_2]' } });
    expect(prompt).toBe('and [EMAIL_3], [EMAIL_1]?');
  });

  it('reads documents that are texts, and leaves bytes and definitions of tools alone', () => {
    const tools = [{ name: 'f', description: 'ask admin@x.example', parameters: '{}' }];
    const document = (mediaType: string) => ({
      part: {
        $case: 'document' as const,
        value: { mediaType, source: { $case: 'data' as const, value: Buffer.from('a@x.example') } },
      },
    });
    const request = redacted({
      tools,
      messages: [{ role: 'ROLE_USER', parts: [document('text/plain'), document('application/pdf')] }],
    });
    expect(request.tools[0]?.description).toBe('ask admin@x.example');
    const said = request.messages[0]?.parts.map(({ part }) =>
      part?.$case === 'document' && part.value.source?.$case === 'data'
        ? part.value.source.value.toString()
        : '',
    );
    expect(said).toEqual(['[EMAIL_1]', 'a@x.example']);
  });

  it('makes another id of an end user that is an address, and always the same', () => {
    const ids = ['a@x.example', 'a@x.example', 'user-7'].map((endUser) => redacted({ endUser }).endUser);
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), ids[0], 'user-7']);
  });
});
