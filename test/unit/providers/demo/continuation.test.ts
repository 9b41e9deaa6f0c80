import { describe, expect, it } from 'vitest';
import type { ProviderCall } from '../../../../src/completion/ports/provider.ts';
import { FinishReason } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { type Message, Role } from '../../../../src/gen/sluice/v1/message.ts';
import { createDemoProvider } from '../../../../src/providers/demo/provider.ts';
import { restOf } from '../../../../src/providers/demo/rest-of.ts';
import { aRequest, drain } from '../../../support/builders.ts';
import { message, text } from '../../../support/parts.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const provider = createDemoProvider({ config: providerConfig('demo', 'http://unused') });
const asked = [message(Role.USER, text('hello  you\nthere'))];
/** How many words the whole answer has. */
const WORDS = 21;

describe('a demo model that is asked to go on', () => {
  it('can', () => {
    expect(provider.capabilities('break-3').prefill).toBe(true);
  });

  it.each(Array.from({ length: WORDS }, (_, words) => words + 1))(
    'says the rest of an answer that broke off after %i words, to the letter',
    async (words) => {
      const unbroken = await said('demo', asked);
      const broken = await said(`break-${words}`, asked);
      expect(broken.error).toMatchObject({ reason: 'ERROR_REASON_PROVIDER_UNAVAILABLE' });
      const rest = await said('demo', [...asked, message(Role.ASSISTANT, text(broken.text.trimEnd()))]);
      expect(broken.text + rest.text).toBe(unbroken.text);
      expect(rest.finishReason).toBe(FinishReason.STOP);
    },
  );

  it('says in a whole answer what it says in a stream', async () => {
    const call = ask('demo', [...asked, message(Role.ASSISTANT, text("This is Sluice's"))]);
    const { message: answer } = await provider.complete(call);
    const rest = await said('demo', [...asked, message(Role.ASSISTANT, text("This is Sluice's"))]);
    expect(answer.parts).toEqual([text(rest.text)]);
  });

  it('keeps white space that the text handed over has lost', async () => {
    const options = { text: 'a b \n c', breakAfter: 2 };
    expect((await said('demo', asked, options)).text).toBe('a b');
    const begun = [...asked, message(Role.ASSISTANT, text('a b'))];
    expect((await said('demo', begun, { text: 'a b \n c' })).text).toBe(' \n c');
  });

  it('breaks off again, counting from where it goes on', async () => {
    const begun = [...asked, message(Role.ASSISTANT, text("This is Sluice's"))];
    expect(await said('break-2', begun)).toMatchObject({ text: ' demo provider.', error: expect.anything() });
  });

  it('keeps to the output limit and to stop texts in what it adds', async () => {
    const begun = [...asked, message(Role.ASSISTANT, text("This is Sluice's"))];
    expect(await said('demo', begun, {}, { maxOutputTokens: 1 })).toMatchObject({
      text: ' demo',
      finishReason: FinishReason.LENGTH,
    });
    expect(await said('demo', begun, {}, { sampling: { stop: ['provider'] } })).toMatchObject({
      text: ' demo ',
      finishReason: FinishReason.STOP_SEQUENCE,
    });
  });

  it('says nothing where all has been said', async () => {
    const { text: all } = await said('demo', asked);
    expect(await said('demo', [...asked, message(Role.ASSISTANT, text(all))])).toEqual({
      text: '',
      finishReason: FinishReason.STOP,
      error: undefined,
    });
  });

  it('goes on from words that another model said with all that it would say', async () => {
    const { text: all } = await said('demo', asked);
    expect((await said('demo', [...asked, message(Role.ASSISTANT, text('Well,'))])).text).toBe(` ${all}`);
  });
});

describe('what is left of "one two three"', () => {
  it.each([
    ['one two', ' three'],
    ['one two ', 'three'],
    ['one tw', 'o three'],
    ['one two three', ''],
    ['Said before: one two', ' three'],
    ['Said before:', ' one two three'],
    ['Said before: ', 'one two three'],
    ['bone', ' one two three'],
  ])('after "%s" is "%s"', (begun, rest) => {
    expect(restOf('one two three', begun)).toBe(rest);
  });

  it('is nothing of nothing', () => {
    expect(restOf('', 'one')).toBe('');
  });
});

function ask(
  model: string,
  messages: Message[],
  options: Record<string, unknown> = {},
  rest: Parameters<typeof aRequest>[0] = {},
): ProviderCall {
  return {
    model,
    request: aRequest({ messages, prompt: '', ...rest }),
    options: { intervalMs: 0, ...options },
    defaultMaxOutputTokens: 4_096,
    signal: AbortSignal.timeout(5_000),
    report: () => {},
  };
}

async function said(...asking: Parameters<typeof ask>) {
  const { events, error } = await drain(provider.stream(ask(...asking)));
  return {
    text: events.flatMap(({ $case, value }) => ($case === 'textDelta' ? [value.text] : [])).join(''),
    finishReason: events.flatMap(({ $case, value }) => ($case === 'finished' ? [value.finishReason] : []))[0],
    error,
  };
}
