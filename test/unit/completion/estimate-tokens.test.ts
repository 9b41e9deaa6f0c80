import { describe, expect, it } from 'vitest';
import {
  estimateInputTokens,
  estimateOutputTokens,
  estimateTokensOfTexts,
} from '../../../src/completion/estimate-tokens.ts';
import { aRequest } from '../../support/builders.ts';

type Said = Parameters<typeof aRequest>[0];

/** Three tokens frame the message, three the answer to come. */
const framing = 6;

function estimate(said: Said): number {
  return estimateInputTokens(aRequest({ prompt: '', ...said }));
}

const says = (part: object): Said => ({ messages: [{ parts: [{ part }] }] }) as Said;

describe('the estimate of input tokens', () => {
  it.each([
    ['', 0],
    ['word', 1],
    ['words', 2],
    ['x'.repeat(400), 100],
    // Three bytes each, and two.
    ['日本語の', 3],
    ['Привет', 3],
  ])('takes four bytes for a token: %s', (text, tokens) => {
    expect(estimate(says({ $case: 'text', value: text }))).toBe(framing + tokens);
  });

  it('takes a prompt for the message that it stands for', () => {
    expect(estimate({ prompt: 'hello' })).toBe(estimate(says({ $case: 'text', value: 'hello' })));
  });

  const bytes = (length: number) => ({ $case: 'data' as const, value: Buffer.alloc(length) });
  const uri = { $case: 'uri' as const, value: 'https://example.com/a' };
  it.each<[string, object, number]>([
    ['an image', { $case: 'image', value: { mediaType: 'image/png', source: bytes(9) } }, 765],
    ['an image by its address', { $case: 'image', value: { source: uri } }, 765],
    ['a text', { $case: 'document', value: { mediaType: 'text/plain', source: bytes(400) } }, 100],
    ['a page', { $case: 'document', value: { mediaType: 'application/pdf', source: bytes(9) } }, 1_500],
    [
      'two pages',
      { $case: 'document', value: { mediaType: 'application/pdf', source: bytes(60_000) } },
      3_000,
    ],
    ['a document by its address', { $case: 'document', value: { source: uri } }, 1_500],
    ['a sound', { $case: 'audio', value: { mediaType: 'audio/mp3', source: bytes(16_000) } }, 32],
    ['a refusal', { $case: 'refusal', value: 'never ever' }, 3],
    ['reasoning', { $case: 'reasoning', value: { text: 'hm, well', signature: Buffer.alloc(4_000) } }, 2],
    ['a tool call', { $case: 'toolCall', value: { name: 'find', arguments: '{"a": 1}' } }, 6],
    ['a tool result', { $case: 'toolResult', value: { content: '[1, 2,3]' } }, 5],
    ['a citation', { $case: 'citation', value: { title: 'abcd', uri: 'efgh', text: 'ijkl' } }, 3],
  ])('counts %s', (_, part, tokens) => {
    expect(estimate(says(part))).toBe(framing + tokens);
  });

  it('counts what is said about tools and about the form of the answer', () => {
    const tools = [{ name: 'find', description: 'It finds.', parameters: '{"type":"object"}' }];
    const responseFormat = {
      format: { $case: 'jsonSchema' as const, value: { schema: '{"type":"object"}' } },
    };
    expect(estimate({ tools }) - estimate({})).toBe(3 + 8);
    expect(estimate({ responseFormat }) - estimate({})).toBe(5);
  });
});

it('the estimate of output tokens is the limit of the request, or 500', () => {
  expect(estimateOutputTokens(aRequest({ maxOutputTokens: 20 }))).toBe(20);
  expect(estimateOutputTokens(aRequest())).toBe(500);
});

it('the estimate of texts to embed counts each for itself, with nothing around', () => {
  expect(estimateTokensOfTexts(['word', 'words'])).toBe(3);
  expect(estimateTokensOfTexts([])).toBe(0);
});
