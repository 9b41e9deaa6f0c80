import { afterAll, describe, expect, it } from 'vitest';
import { createOpenAiProvider } from '../../src/providers/openai/provider.ts';
import { providerConfig } from './provider-config.ts';
import { ABSENT, bodyOf, isStreamed, loadRecordings, type Recording } from './recordings.ts';
import { resay } from './requests-openai.ts';

// The usage that OpenAI told of recorded requests, against what the tokenizer says of them.

const recordings = loadRecordings(
  ({ provider, api, request }) =>
    (provider === 'openai' || provider === 'azure-openai') && api === 'chat' && request?.body != null,
);
const told = (recordings ?? []).flatMap((recording) => {
  const said = resay(recording.request?.body);
  const tokens = promptTokensIn(recording);
  return said && tokens !== undefined ? [{ id: recording.id, tokens, ...said }] : [];
});
const exact: string[] = [];

if (!recordings) {
  it(ABSENT, () => expect(recordings).toBeUndefined());
} else {
  describe('counting the tokens of recorded requests', () => {
    const provider = createOpenAiProvider({
      config: providerConfig('openai', 'http://127.0.0.1:9'),
      connectTimeoutMs: 5000,
      now: Date.now,
    });
    afterAll(() => provider.close());

    it.each(told)('says of $id what OpenAI did, or nothing', async ({ id, tokens, ...said }) => {
      const { signal } = new AbortController();
      const call = { ...said, defaultMaxOutputTokens: 4096, signal, report() {} };
      const counted = await provider.countTokens?.(call);
      if (counted !== undefined) exact.push(id);
      expect(counted ?? tokens).toBe(tokens);
    });

    it('knows some of them', () => {
      process.stdout.write(
        `Token counts: ${told.length} told, ${exact.length} counted: ${exact.join(', ')}\n`,
      );
      expect(exact.length).toBeGreaterThan(0);
    });
  });
}

function promptTokensIn(recording: Recording): number | undefined {
  const text = bodyOf(recording).toString();
  const pieces = isStreamed(recording)
    ? text.split('\n').filter((line) => line.startsWith('data: {'))
    : [`data: ${text}`];
  const usages = pieces.map((piece) => JSON.parse(piece.slice('data: '.length)).usage);
  return usages.find((usage) => usage)?.prompt_tokens;
}
