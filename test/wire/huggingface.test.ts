import { CompleteRequest } from '../../src/gen/sluice/v1/completion_service.ts';
import { createHuggingFaceProvider } from '../../src/providers/huggingface/provider.ts';
import {
  claims,
  STOP_THAT_WAS_MET,
  toChatStream,
  toGeneratedStream,
  toWholeChat,
} from './expectations-huggingface.ts';
import { providerConfig } from './provider-config.ts';
import { replayRecordings } from './replay-recordings.ts';

const [chat, generation, embeddings] = claims;

const providerWith = (api: 'chat' | 'completions') => (baseUrl: string) =>
  createHuggingFaceProvider({
    config: { ...providerConfig('huggingface', baseUrl), api },
    connectTimeoutMs: 5000,
    now: Date.now,
  });

replayRecordings({
  ...chat,
  createProvider: providerWith('chat'),
  toStream: toChatStream,
  toWhole: toWholeChat,
});

replayRecordings({
  ...generation,
  createProvider: providerWith('completions'),
  ask: () => ({
    request: CompleteRequest.fromPartial({ prompt: 'Test request', sampling: { stop: [STOP_THAT_WAS_MET] } }),
  }),
  toStream: toGeneratedStream,
});

replayRecordings({ ...embeddings, createProvider: providerWith('chat') });
