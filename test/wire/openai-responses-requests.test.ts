import { expect, it } from 'vitest';
import { createOpenAiProvider } from '../../src/providers/openai/provider.ts';
import { providerConfig } from './provider-config.ts';
import { ABSENT, loadRecordings } from './recordings.ts';
import { randomFrom, SEED, startReplayServer } from './replay-server.ts';
import { plain, resay } from './requests-openai-responses.ts';

const recordings = loadRecordings(
  ({ api, request }) => /^(openai-)?responses$/.test(api) && request?.body != null,
);
const resaid = (recordings ?? []).flatMap(({ id, request }) => {
  const said = resay(request?.body);
  return said ? [{ id, recorded: request?.body, ...said }] : [];
});

if (!recordings) {
  it(ABSENT, () => expect(recordings).toBeUndefined());
} else {
  process.stdout.write(`Responses requests: ${recordings.length} recorded, ${resaid.length} said again\n`);

  it.each(resaid)(
    'writes the request of $id as it was recorded',
    async ({ recorded, model, request, options }) => {
      await using server = await startReplayServer();
      const answer = Buffer.from('{"status":"completed","output":[]}');
      server.answerWith({ status: 200, headers: {}, body: answer }, randomFrom(SEED));
      const provider = createOpenAiProvider({
        config: { ...providerConfig('openai', server.url), api: 'responses' },
        connectTimeoutMs: 5000,
        now: Date.now,
      });
      const { signal } = new AbortController();
      await provider.complete({ model, request, options, defaultMaxOutputTokens: 4096, signal, report() {} });
      await provider.close();
      const written = JSON.parse(server.requests[0] ?? '');
      expect(plain(written)).toEqual(plain(recorded));
      expect(written.store).toBe(false);
    },
  );
}
