import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/completion/ports/provider.ts';
import { providerKinds } from '../../src/config/provider-schema.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Claim, type Said, saidByAnswer } from '../wire/expectations.ts';
import * as anthropic from '../wire/expectations-anthropic.ts';
import * as azureOpenAi from '../wire/expectations-azure-openai.ts';
import * as bedrock from '../wire/expectations-bedrock.ts';
import * as cohere from '../wire/expectations-cohere.ts';
import * as google from '../wire/expectations-google.ts';
import * as huggingFace from '../wire/expectations-huggingface.ts';
import * as openAi from '../wire/expectations-openai.ts';
import * as compatible from '../wire/expectations-openai-compatible.ts';
import * as completions from '../wire/expectations-openai-completions.ts';
import * as responses from '../wire/expectations-openai-responses.ts';
import { ABSENT, bodyOf, isStreamed, loadRecordings, type Recording } from '../wire/recordings.ts';
import { type ReplayServer, randomFrom, SEED, startReplayServer } from '../wire/replay-server.ts';

// The whole way of an answer, from each vendor's wire to the real client, once whole and once streamed. What each adapter
// makes of every recording is tested in test/wire.

interface Vendor {
  /** Its name in the configuration. */
  name: string;
  /** What the configuration says of it. */
  configure(url: string): Record<string, unknown>;
  claim: Claim | undefined;
  toStream(recording: Recording): Recording | undefined;
  toWhole(recording: Recording): Recording | undefined;
}

const apiKey = 'a-key-for-tests';
const openAiAt = (api: string) => (url: string) => ({ kind: 'openai', apiKey, baseUrl: `${url}/v1`, api });

const VENDORS: readonly Vendor[] = [
  {
    name: 'openai',
    configure: openAiAt('chat'),
    claim: openAi.claims[0],
    toStream: openAi.toOpenAiStream,
    toWhole: openAi.toOpenAiWhole,
  },
  {
    name: 'responses',
    configure: openAiAt('responses'),
    claim: responses.claims[0],
    toStream: responses.toResponsesStream,
    toWhole: responses.toResponsesWhole,
  },
  {
    name: 'completions',
    configure: openAiAt('completions'),
    claim: completions.claims[0],
    toStream: completions.toCompletionsStream,
    toWhole: completions.toCompletionsWhole,
  },
  {
    name: 'anthropic',
    configure: (baseUrl) => ({ kind: 'anthropic', apiKey, baseUrl }),
    claim: anthropic.claims[0],
    toStream: anthropic.toAnthropicStream,
    toWhole: anthropic.toAnthropicWhole,
  },
  {
    name: 'google',
    configure: (url) => ({ kind: 'google', apiKey, baseUrl: url + google.claims[0]?.path }),
    claim: google.claims[0],
    toStream: google.toGoogleStream,
    toWhole: google.toGoogleWhole,
  },
  {
    name: 'azure-openai',
    configure: (baseUrl) => ({ kind: 'azure-openai', apiKey, baseUrl }),
    claim: azureOpenAi.claims[0],
    toStream: compatible.toCompatibleStream,
    toWhole: compatible.toCompatibleWhole,
  },
  {
    name: 'cohere',
    configure: (baseUrl) => ({ kind: 'cohere', apiKey, baseUrl }),
    claim: cohere.claims[0],
    toStream: cohere.toCohereStream,
    toWhole: cohere.toCohereWhole,
  },
  {
    name: 'bedrock',
    configure: (baseUrl) => ({
      kind: 'bedrock',
      region: 'us-east-1',
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'a-secret-for-tests',
      baseUrl,
    }),
    claim: bedrock.claims[0],
    toStream: bedrock.toBedrockStream,
    toWhole: bedrock.toBedrockWhole,
  },
  {
    name: 'huggingface',
    configure: (baseUrl) => ({ kind: 'huggingface', apiKey, baseUrl }),
    claim: huggingFace.claims[0],
    toStream: huggingFace.toChatStream,
    toWhole: huggingFace.toWholeChat,
  },
  {
    name: 'openai-compatible',
    configure: (url) => ({ kind: 'openai-compatible', baseUrl: `${url}/v1` }),
    claim: compatible.claims[0],
    toStream: compatible.toCompatibleStream,
    toWhole: compatible.toCompatibleWhole,
  },
];

describe('an answer of every kind of provider', () => {
  it('is looked at: none is forgotten here', () => {
    const kinds = VENDORS.map(({ configure }) => configure('http://x')['kind']);
    expect([...new Set(kinds), 'demo'].sort()).toEqual([...providerKinds].sort());
  });

  if (!loadRecordings(() => true)) {
    process.stdout.write(`${ABSENT}\n`);
    return;
  }

  const servers = new Map<string, ReplayServer>();
  let gateway: Gateway;
  beforeAll(async () => {
    const providers: Record<string, unknown> = {};
    for (const { name, configure } of VENDORS) {
      const server = await startReplayServer();
      servers.set(name, server);
      providers[name] = configure(server.url);
    }
    gateway = await startGateway({ providers });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
  });

  for (const vendor of VENDORS) {
    for (const mode of ['whole', 'streamed'] as const) {
      const found = findAnswer(vendor, mode);
      it(`reaches the client ${mode} from ${vendor.name}, as an independent reading of ${found?.recording.id} has it`, async () => {
        expect(found).toBeDefined();
        expect(await answer(vendor, found?.recording, mode)).toEqual(found?.said);
      });
    }
  }

  async function answer(
    { name }: Vendor,
    recording: Recording | undefined,
    mode: 'whole' | 'streamed',
  ): Promise<Said> {
    if (!recording) throw new Error('there is no recording');
    const { status, headers } = recording.response;
    servers.get(name)?.answerWith({ status, headers, body: bodyOf(recording) }, randomFrom(SEED));
    const request = {
      model: `${name}/${recording.model || 'a-model'}`,
      prompt: 'Say it again.',
      // Short enough to be asked for whole.
      maxOutputTokens: 100,
      cache: { mode: 'CACHE_MODE_BYPASS' as const },
    };
    const { client } = gateway;
    const response = mode === 'whole' ? await client.complete(request) : await client.stream(request).final();
    // The client has the contract's types by another name.
    return saidByAnswer(response as Answer);
  }
});

/** A recorded answer, or one that says the same in the other mode; one with tool calls where there is one. */
function findAnswer(
  { claim, toStream, toWhole }: Vendor,
  mode: 'whole' | 'streamed',
): { recording: Recording; said: Said } | undefined {
  const isRight = (recording: Recording) => isStreamed(recording) === (mode === 'streamed');
  const answers = (loadRecordings((recording) => claim?.wanted(recording) ?? false) ?? []).flatMap(
    (recording) => {
      const expectation = claim?.read(recording);
      // Where a provider reports no usage, the gateway estimates it.
      if (expectation?.kind !== 'answer' || expectation.said.usage?.estimated) return [];
      const twin = mode === 'streamed' ? toStream : toWhole;
      const right = isRight(recording) ? recording : twin(recording);
      return right ? [{ recording: right, said: expectation.said, recorded: right === recording }] : [];
    },
  );
  const recorded = answers.filter((one) => one.recorded);
  const candidates = recorded.length > 0 ? recorded : answers;
  return candidates.find(({ said }) => said.toolCalls.length > 0) ?? candidates[0];
}
