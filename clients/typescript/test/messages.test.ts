import { assistant, document, image, textOf, toolCallsOf, toolResult } from '@sluice/client';
import { CompleteResponse } from '@sluice/client/proto';
import { describe, expect, it } from 'vitest';

describe('messages', () => {
  it('shows media by their bytes, without a copy, or by their address', () => {
    const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
    const byBytes = document(bytes, 'application/pdf', 'a.pdf');
    const byAddress = image(new URL('https://example.com/cat.png'));
    bytes[0] = 9;

    expect(byBytes.part).toEqual({
      $case: 'document',
      value: {
        mediaType: 'application/pdf',
        name: 'a.pdf',
        source: { $case: 'data', value: Buffer.from([9, 2]) },
      },
    });
    expect(byAddress.part).toEqual({
      $case: 'image',
      value: { mediaType: '', name: '', source: { $case: 'uri', value: 'https://example.com/cat.png' } },
    });
  });

  it('tells the model that a tool failed', () => {
    expect(toolResult({ id: 'c1', name: 'weather' }, 'no network', { isError: true }).parts).toEqual([
      {
        part: {
          $case: 'toolResult',
          value: { toolCallId: 'c1', name: 'weather', content: 'no network', isError: true },
        },
      },
    ]);
  });

  it('reads only the text, and only the tool calls, of an answer', () => {
    const call = { id: 'c1', name: 'f', arguments: '{}', signature: Buffer.alloc(0) };
    const answer = CompleteResponse.fromPartial({
      message: assistant(
        'One ',
        {
          part: {
            $case: 'reasoning',
            value: { text: 'hidden', signature: Buffer.alloc(0), redacted: false },
          },
        },
        { part: { $case: 'toolCall', value: call } },
        'two',
      ),
    });

    expect(textOf(answer)).toBe('One two');
    expect(toolCallsOf(answer)).toEqual([call]);
    expect([textOf(CompleteResponse.create()), toolCallsOf(CompleteResponse.create())]).toEqual(['', []]);
  });
});
