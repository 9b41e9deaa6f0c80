import { expect, it } from 'vitest';
import { createCohereProvider } from '../../src/providers/cohere/provider.ts';
import { providerConfig } from './provider-config.ts';
import { ABSENT, loadRecordings } from './recordings.ts';
import { randomFrom, SEED, startReplayServer } from './replay-server.ts';
import { plain, resay } from './requests-cohere.ts';

const recordings = loadRecordings(
  ({ provider, api, request }) => provider === 'cohere' && api === 'v2/chat' && request?.body != null,
);
const resaid = (recordings ?? []).map(({ id, request }) => ({
  id,
  recorded: request?.body,
  ...resay(request?.body),
}));

if (!recordings) {
  it(ABSENT, () => expect(recordings).toBeUndefined());
} else {
  process.stdout.write(`Cohere requests: ${recordings.length} recorded, all said again\n`);

  it.each(resaid)(
    'writes the request of $id as it was recorded',
    async ({ recorded, model, request, options }) => {
      await using server = await startReplayServer();
      const answer = Buffer.from('{"message":{"content":[]},"finish_reason":"COMPLETE"}');
      server.answerWith({ status: 200, headers: {}, body: answer }, randomFrom(SEED));
      const provider = createCohereProvider({
        config: providerConfig('cohere', server.url),
        connectTimeoutMs: 5000,
        now: Date.now,
      });
      const { signal } = new AbortController();
      await provider.complete({ model, request, options, defaultMaxOutputTokens: 4096, signal, report() {} });
      await provider.close();
      expect(plain(JSON.parse(server.requests[0] ?? ''))).toEqual(plain(recorded));
    },
  );
}
