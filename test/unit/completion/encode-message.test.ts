import { describe, expect, it } from 'vitest';
import { encodeMessage, useEncoded } from '../../../src/completion/encode-message.ts';
import { CompleteRequest } from '../../../src/gen/sluice/v1/completion_service.ts';
import { aRequest } from '../../support/builders.ts';

describe('encoding a message', () => {
  it.each([0, 3, 200, 5_000, 400_000])(
    'gives the bytes that the generated code gives (%i characters)',
    (length) => {
      const request = aRequest({ prompt: 'ä'.repeat(length), sampling: { temperature: 0 } });
      for (let n = 0; n < 3; n++) {
        expect(Buffer.from(encodeMessage(CompleteRequest, request))).toEqual(
          Buffer.from(CompleteRequest.encode(request).finish()),
        );
      }
    },
  );

  it('keeps what it gave out from changing with the next message', () => {
    const first = encodeMessage(CompleteRequest, aRequest({ prompt: 'first' }));
    encodeMessage(CompleteRequest, aRequest({ prompt: 'other' }));
    expect(CompleteRequest.decode(first).prompt).toBe('first');
  });

  it('leaves nothing of a message that could not be written before the next one', () => {
    const impossible = { ...aRequest({ prompt: 'half' }), maxOutputTokens: 2 ** 40 };
    expect(() => encodeMessage(CompleteRequest, impossible)).toThrow();
    expect(CompleteRequest.decode(encodeMessage(CompleteRequest, aRequest({ prompt: 'whole' })))).toEqual(
      aRequest({ prompt: 'whole' }),
    );
  });

  it('lends a message for a look, during which another one may be written', () => {
    const [outer, inner] = ['outer', 'inner'].map((prompt) => aRequest({ prompt })) as [
      CompleteRequest,
      CompleteRequest,
    ];
    const seen = useEncoded(CompleteRequest, outer, (bytes) => {
      const within = encodeMessage(CompleteRequest, inner);
      return [CompleteRequest.decode(bytes), CompleteRequest.decode(within)];
    });
    expect(seen).toEqual([outer, inner]);
  });
});
