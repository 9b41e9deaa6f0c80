import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { frame } from '../../../wire/event-stream-frames.ts';
import { aCall, media, message, type Said, text } from './a-call.ts';
import { CREDENTIALS, providerAt, type Reply, startBedrockServer } from './bedrock-server.ts';
import { authorizationOf, expectedSignature } from './signature.ts';

const ANSWER: Reply = {
  body: JSON.stringify({
    output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 3, outputTokens: 1, totalTokens: 4 },
  }),
};
const STREAM: Reply = {
  headers: { 'content-type': 'application/vnd.amazon.eventstream' },
  body: Buffer.concat([
    frame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"Hello"}}'),
    frame('messageStop', '{"stopReason":"end_turn"}'),
    frame('metadata', '{"usage":{"inputTokens":3,"outputTokens":1}}'),
  ]),
};

const answer = ({ url }: { url: string }) => (url.endsWith('/converse-stream') ? STREAM : ANSWER);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a signed request', () => {
  it.each([
    [
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
    ],
    [
      'arn:aws:bedrock:us-east-1:000000000000:application-inference-profile/abc',
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A000000000000%3Aapplication-inference-profile%2Fabc/converse',
    ],
  ])('asks for %s by its address, with a signature that holds', async (model, path) => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url);
    await provider.complete(aCall({ prompt: 'Grüße' }, { model }));
    await provider.close();
    const [request] = server.requests as [(typeof server.requests)[0]];
    const { accessKeyId, scope, signedHeaders, signature } = authorizationOf(
      request.headers.authorization ?? '',
    );
    expect(request.url).toBe(path);
    expect([accessKeyId, scope.slice(1)]).toEqual(['AKIDEXAMPLE', ['us-east-1', 'bedrock', 'aws4_request']]);
    expect(signedHeaders).toEqual(expect.arrayContaining(['content-type', 'host', 'x-amz-date']));
    expect(signature).toBe(expectedSignature(request, CREDENTIALS.secretAccessKey));
  });

  it("is what the SDK would send, but for the SDK's own telemetry", async () => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url);
    const said: Said = {
      messages: [
        message(Role.SYSTEM, text('Be short.')),
        message(
          Role.USER,
          text('hi'),
          media('image', { mediaType: 'image/png', source: { $case: 'data', value: Buffer.from('png') } }),
        ),
      ],
      maxOutputTokens: 10,
      tools: [{ name: 'weather', parameters: '{"type":"object"}' }],
    };
    await provider.complete(aCall(said));
    for await (const _batch of provider.stream(aCall(said)));
    await provider.close();
    const input: ConverseCommandInput = {
      modelId: aCall().model,
      system: [{ text: 'Be short.' }],
      messages: [
        {
          role: 'user',
          content: [{ text: 'hi' }, { image: { format: 'png', source: { bytes: Buffer.from('png') } } }],
        },
      ],
      inferenceConfig: { maxTokens: 10 },
      toolConfig: { tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }] },
    };
    const wanted = await sentBySdk(server.url, input);
    const sent = server.requests.map(({ method, url, headers, body }) => ({
      method,
      path: url,
      contentType: headers['content-type'],
      host: headers.host,
      body: JSON.parse(body),
    }));
    expect(sent).toEqual(wanted);
  });

  it("says the session's token, and signs it", async () => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url, { credentials: { ...CREDENTIALS, sessionToken: 'a-session' } });
    await provider.complete(aCall());
    await provider.close();
    const [{ headers }] = server.requests as [(typeof server.requests)[0]];
    expect(headers['x-amz-security-token']).toBe('a-session');
    expect(authorizationOf(headers.authorization ?? '').signedHeaders).toContain('x-amz-security-token');
  });

  it('keeps the path of a base URL', async () => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(`${server.url}/aws/`);
    await provider.complete(aCall({ prompt: 'hi' }, { model: 'm' }));
    await provider.close();
    const [request] = server.requests as [(typeof server.requests)[0]];
    expect(request.url).toBe('/aws/model/m/converse');
    expect(authorizationOf(request.headers.authorization ?? '').signature).toBe(
      expectedSignature(request, CREDENTIALS.secretAccessKey),
    );
  });
});

describe('credentials', () => {
  it("are a key of Bedrock's own where there is one", async () => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url, { credentials: undefined, apiKey: 'bedrock-api-key' });
    await provider.complete(aCall());
    await provider.close();
    expect(server.requests[0]?.headers.authorization).toBe('Bearer bedrock-api-key');
  });

  it('come from the environment where none are configured: such a key first', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'a-token');
    await using server = await startBedrockServer(answer);
    const own = providerAt(server.url);
    const usual = providerAt(server.url, { credentials: undefined });
    await own.complete(aCall());
    await usual.complete(aCall());
    await usual.complete(aCall());
    await Promise.all([own.close(), usual.close()]);
    expect(server.requests.map(({ headers }) => headers.authorization?.slice(0, 14))).toEqual([
      'AWS4-HMAC-SHA2',
      'Bearer a-token',
      'Bearer a-token',
    ]);
  });

  it("come from AWS's chain, when they are first needed, and anew when they have expired", async () => {
    noOtherCredentials();
    let given = 0;
    await using issuer = await startBedrockServer(() => ({
      body: JSON.stringify({
        AccessKeyId: `KEY${++given}`,
        SecretAccessKey: 'secret',
        Token: 'token',
        // The first is as good as expired.
        Expiration: new Date(Date.now() + (given === 1 ? 1000 : 3_600_000)).toISOString(),
      }),
    }));
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${issuer.url}/credentials`);
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url, { credentials: undefined });
    expect(issuer.requests).toHaveLength(0);
    const keyOfNextCall = async () => {
      await provider.complete(aCall());
      return authorizationOf(server.requests.at(-1)?.headers.authorization ?? '').accessKeyId;
    };
    expect(await keyOfNextCall()).toBe('KEY1');
    // Renewed in the background, while they still serve.
    await expect.poll(keyOfNextCall).toBe('KEY2');
    await provider.close();
    expect(issuer.requests).toHaveLength(2);
  });

  it('that nobody has are said to be missing, without a request', async () => {
    noOtherCredentials();
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url, { credentials: undefined });
    await expect(provider.complete(aCall())).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_CREDENTIALS_REJECTED',
      message: expect.stringContaining('got no AWS credentials'),
    });
    await provider.close();
    expect(server.requests).toHaveLength(0);
  });

  it('that are not had yet do not keep a caller who leaves', async () => {
    noOtherCredentials();
    const leaving = new AbortController();
    await using issuer = await startBedrockServer(() => {
      leaving.abort(new Error('left'));
      return undefined;
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${issuer.url}/credentials`);
    const provider = providerAt('http://127.0.0.1:9', { credentials: undefined });
    const left = provider.complete(aCall({ prompt: 'hi' }, { signal: leaving.signal }));
    await expect(left).rejects.toMatchObject({ cause: { message: 'left' } });
    await provider.close();
  });
});

describe('the Bedrock provider', () => {
  it('tells what the response says of itself, whole and streamed', async () => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url);
    const whole = aCall();
    const streamed = aCall();
    await provider.complete(whole);
    for await (const _batch of provider.stream(streamed));
    await provider.close();
    expect([whole.facts, streamed.facts]).toEqual(Array(2).fill({ httpStatus: 200, requestId: 'req-1' }));
  });

  it('warns of what it dropped, whole and streamed, before the content', async () => {
    await using server = await startBedrockServer(answer);
    const provider = providerAt(server.url);
    const asked: Said = { prompt: 'hi', sampling: { temperature: 0.5, topP: 0.5 } };
    const { warnings } = await provider.complete(aCall(asked));
    const events: string[] = [];
    for await (const batch of provider.stream(aCall(asked))) events.push(...batch.map(({ $case }) => $case));
    await provider.close();
    expect(warnings.map(({ field }) => field)).toEqual(['sampling.top_p']);
    expect(events).toEqual(['warning', 'textDelta', 'finished']);
  });

  it.each([
    ['us-east-1', 'bedrock-runtime.us-east-1.amazonaws.com'],
    ['cn-north-1', 'bedrock-runtime.cn-north-1.amazonaws.com.cn'],
  ])('is known by names, and by the address of region %s', async (region, host) => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    const provider = providerAt('', { baseUrl: undefined, region, name: 'aws' });
    expect(provider).toMatchObject({
      name: 'aws',
      kind: 'bedrock',
      telemetryName: 'aws.bedrock',
      endpoint: { host, port: 443 },
    });
    await provider.close();
  });
});

/** Leaves the chain nothing but what a test gives it. */
function noOtherCredentials(): void {
  for (const name of [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_PROFILE',
    'AWS_BEARER_TOKEN_BEDROCK',
  ]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials');
}

/** What the SDK hands to whoever sends it. */
interface HttpRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** What the unmodified SDK sends for an input, whole and streamed. */
async function sentBySdk(endpoint: string, input: ConverseCommandInput) {
  const sent: unknown[] = [];
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: CREDENTIALS.accessKeyId, secretAccessKey: CREDENTIALS.secretAccessKey },
    maxAttempts: 1,
    requestHandler: {
      async handle({ method, path, headers, body }: HttpRequest) {
        sent.push({
          method,
          path,
          contentType: headers['content-type'],
          host: headers['host'],
          body: JSON.parse(new TextDecoder().decode(body as Uint8Array)),
        });
        throw new Error('That is all.');
      },
    },
  });
  await expect(client.send(new ConverseCommand(input))).rejects.toThrow('That is all.');
  await expect(client.send(new ConverseStreamCommand(input))).rejects.toThrow('That is all.');
  return sent;
}
