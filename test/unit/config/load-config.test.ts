import { describe, expect, it } from 'vitest';
import { noContentPolicy } from '../../../src/config/config.ts';
import { defaultBreaker, defaultExecution, defaultServer } from '../../../src/config/defaults.ts';
import { load } from './load.ts';

const demo = {
  name: 'demo',
  kind: 'demo',
  apiKey: undefined,
  baseUrl: undefined,
  api: 'chat',
  apiVersion: undefined,
  region: undefined,
  credentials: undefined,
  execution: {},
  // Its faults are asked for.
  breaker: { ...defaultBreaker, volumeThreshold: 1_000_000 },
  limits: undefined,
  concurrency: undefined,
};
/** What a budget is where nothing is said. */
const budget = {
  label: undefined,
  onStoreFailure: 'deny',
  onLostCall: 'charge',
  unpriced: 'deny',
};
const demoAlias = {
  name: 'demo',
  strategy: 'priority',
  affinity: 'none',
  targets: [{ provider: 'demo', model: 'demo', weight: 1, execution: {} }],
  content: noContentPolicy,
};

describe('without a file', () => {
  it('is a working configuration with the demo provider alone', () => {
    expect(load(undefined)).toEqual({
      server: {
        address: '127.0.0.1:50051',
        metricsAddress: '127.0.0.1:9464',
        tls: undefined,
        drainTimeoutMs: 30_000,
        maxMessageBytes: 33_554_432,
        keepaliveTimeMs: 60_000,
        keepaliveTimeoutMs: 20_000,
        maxConnectionAgeMs: 1_800_000,
        maxConnectionAgeGraceMs: 600_000,
        reflection: true,
        concurrency: { maxConcurrency: 2_000, maxQueueLength: 200, queueTimeoutMs: 100 },
      },
      redis: undefined,
      providers: [demo],
      models: new Map([['demo', demoAlias]]),
      execution: {
        connectTimeoutMs: 5_000,
        firstContentTimeoutMs: undefined,
        idleTimeoutMs: 20_000,
        responseTimeoutMs: 60_000,
        totalTimeoutMs: 600_000,
        wholeAnswerTokens: 1024,
        defaultMaxOutputTokens: 4096,
        maxAttempts: 3,
        maxRetryDelayMs: 10_000,
        midStream: 'fail',
        unsupportedParameters: 'drop',
      },
      breaker: {
        errorThresholdPercentage: 50,
        volumeThreshold: 5,
        rollingCountTimeoutMs: 10_000,
        resetTimeoutMs: 15_000,
        maxResetTimeoutMs: 25_000,
      },
      retryBudget: { percentage: 20, minPerSecond: 1 },
      cache: {
        enabled: true,
        ttlMs: 3_600_000,
        staleTtlMs: 86_400_000,
        maxEntries: 10_000,
        maxBytes: 268_435_456,
      },
      auth: 'loopback',
      keys: [],
      budgets: [],
      usage: { retentionMs: 3_024_000_000, maxRecords: 100_000, audit: undefined },
      telemetry: {
        serviceName: 'sluice',
        captureContent: false,
        otlpEndpoint: undefined,
        otlpProtocol: 'http/protobuf',
        logLevel: 'info',
      },
      prices: new Map(),
      secrets: [],
    });
  });

  it('has every provider that is in the environment, under its own kind', () => {
    const { providers } = load(undefined, {
      variables: {
        GOOGLE_API_KEY: 'g',
        OPENAI_API_KEY: 'o',
        ANTHROPIC_API_KEY: 'a',
        AZURE_OPENAI_API_KEY: 'az',
        AZURE_OPENAI_ENDPOINT: 'https://my.openai.azure.com/',
        COHERE_API_KEY: 'c',
        AWS_REGION: 'eu-west-1',
        AWS_PROFILE: 'models',
        HF_TOKEN: 'h',
        OLLAMA_HOST: '127.0.0.1',
      },
    });
    expect(
      providers.map(({ name, kind, apiKey, baseUrl, region }) => [name, kind, apiKey, baseUrl, region]),
    ).toEqual([
      ['demo', 'demo', undefined, undefined, undefined],
      ['openai', 'openai', 'o', undefined, undefined],
      ['anthropic', 'anthropic', 'a', undefined, undefined],
      ['google', 'google', 'g', undefined, undefined],
      ['azure-openai', 'azure-openai', 'az', 'https://my.openai.azure.com', undefined],
      ['cohere', 'cohere', 'c', undefined, undefined],
      ['bedrock', 'bedrock', undefined, undefined, 'eu-west-1'],
      ['huggingface', 'huggingface', 'h', undefined, undefined],
      ['openai-compatible', 'openai-compatible', undefined, 'http://127.0.0.1:11434/v1', undefined],
    ]);
  });

  it.each([
    { AZURE_OPENAI_API_KEY: 'az' },
    { AZURE_OPENAI_ENDPOINT: 'https://my.openai.azure.com' },
    { AWS_REGION: 'us-east-1' },
    { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' },
  ])('has no provider of which only a half is in the environment: %j', (variables) => {
    expect(load(undefined, { variables }).providers).toEqual([demo]);
  });

  it.each([
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_BEARER_TOKEN_BEDROCK',
  ])('has Bedrock where there are a region and %s', (name) => {
    const { providers } = load(undefined, { variables: { AWS_REGION: 'us-east-1', [name]: 'x' } });
    expect(providers.map(({ kind }) => kind)).toEqual(['demo', 'bedrock']);
  });

  it.each([
    ['127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['gpu-box', 'http://gpu-box:11434/v1'],
    ['gpu-box:8080', 'http://gpu-box:8080/v1'],
    [':8080', 'http://127.0.0.1:8080/v1'],
    ['0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080/v1'],
    ['http://0.0.0.0:8080', 'http://127.0.0.1:8080/v1'],
    ['[::]:8080', 'http://[::1]:8080/v1'],
    ['::1', 'http://[::1]:11434/v1'],
    ['http://gpu-box:11434', 'http://gpu-box:11434/v1'],
    ['http://gpu-box:11434/', 'http://gpu-box:11434/v1'],
    ['http://gpu-box:11434/v1', 'http://gpu-box:11434/v1'],
    // With a scheme Ollama takes that scheme's own port.
    ['http://gpu-box', 'http://gpu-box/v1'],
    ['https://ollama.example.com', 'https://ollama.example.com/v1'],
    ['https://example.com/ollama', 'https://example.com/ollama/v1'],
    [' gpu-box ', 'http://gpu-box:11434/v1'],
  ])('finds Ollama where OLLAMA_HOST is "%s"', (host, baseUrl) => {
    expect(load(undefined, { variables: { OLLAMA_HOST: host } }).providers[1]?.baseUrl).toBe(baseUrl);
  });

  it('knows every secret of the environment, those that only an SDK reads, too', () => {
    const { secrets } = load(undefined, {
      variables: {
        OPENAI_API_KEY: 'o',
        AZURE_OPENAI_API_KEY: 'az',
        AZURE_OPENAI_ENDPOINT: 'https://my.openai.azure.com',
        HF_TOKEN: 'h',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'aws-id',
        AWS_SECRET_ACCESS_KEY: 'aws-secret',
        AWS_SESSION_TOKEN: 'aws-session',
        AWS_BEARER_TOKEN_BEDROCK: 'aws-bearer',
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'aws-container',
        AZURE_CLIENT_SECRET: 'entra',
        AZURE_CLIENT_CERTIFICATE_PASSWORD: 'entra-certificate',
      },
    });
    expect(secrets).toEqual([
      'o',
      'az',
      'h',
      'aws-id',
      'aws-secret',
      'aws-session',
      'aws-bearer',
      'aws-container',
      'entra',
      'entra-certificate',
    ]);
  });

  it('knows what is sent along with traces for a secret, in whatever form it is asked for', () => {
    const { secrets } = load(undefined, {
      variables: {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:pass%2Fword@collector',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=one%20two, authorization=Bearer three=,x-tenant=production',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-honeycomb-team=0123456789abcdef0123',
      },
    });
    expect(secrets).toEqual([
      'one two',
      'Bearer three=',
      'three=',
      '0123456789abcdef0123',
      'pass%2Fword',
      'pass/word',
    ]);
  });

  it('takes an empty variable for none', () => {
    expect(load(undefined, { variables: { OPENAI_API_KEY: '', SLUICE_CONFIG: '' } }).providers).toEqual([
      demo,
    ]);
  });

  it('reads no vendor variable for where requests go, but for those it names', () => {
    const variables = { OPENAI_API_KEY: 'o', OPENAI_BASE_URL: 'http://elsewhere' };
    expect(load(undefined, { variables }).providers[1]?.baseUrl).toBeUndefined();
  });
});

describe('with a file', () => {
  it('takes every key', () => {
    const config = load(
      `
server:
  address: "[::]:6000"
  metricsAddress: 0.0.0.0:9000
  tls: { certFile: server.crt, keyFile: /keys/server.key, clientCaFile: ../ca.crt }
  drainTimeout: 0s
  maxMessageSize: 4MiB
  keepaliveTime: 1m
  keepaliveTimeout: 5s
  maxConnectionAge: 1h
  maxConnectionAgeGrace: 90s
  reflection: false
  maxConcurrency: 100
  maxQueueLength: 0
  queueTimeout: 0s
redis: { url: "rediss://user:pass%2Fword@redis:6380/2", commandTimeout: 25ms, keyPrefix: team }
providers:
  gpt:
    kind: openai
    apiKey: key-one
    baseUrl: https://example.com/v1/
    api: responses
    execution: { connectTimeout: 2s, firstContentTimeout: 5m }
    breaker: { resetTimeout: 1s }
    limits: { requestsPerMinute: 60, tokensPerMinute: 1000 }
    maxConcurrency: 8
    maxQueueLength: 2
    queueTimeout: 3s
  azure: { kind: azure-openai, apiKey: key-two, baseUrl: "https://my.openai.azure.com", apiVersion: 2024-10-21 }
  aws: { kind: bedrock, region: us-gov-west-1, accessKeyId: id, secretAccessKey: key-three, sessionToken: key-four }
models:
  fast:
    strategy: weighted
    affinity: endUser
    targets:
      - { provider: gpt, model: gpt-5-mini, weight: 3, execution: { idleTimeout: 5s, connectTimeout: 9s } }
    content:
      redact: [secret, phone, email]
      phoneRegion: DE
      restore: true
      maxInputBytes: 1MiB
      injection: flag
      injectionThreshold: 0.5
      repairJson: true
execution:
  connectTimeout: 1s
  firstContentTimeout: 2s
  idleTimeout: 3s
  responseTimeout: 4s
  totalTimeout: 5s
  wholeAnswerTokens: 6
  defaultMaxOutputTokens: 7
  maxAttempts: 8
  maxRetryDelay: 0s
  midStream: continue
  unsupportedParameters: reject
breaker:
  errorThresholdPercentage: 10
  volumeThreshold: 20
  rollingCountTimeout: 30s
  resetTimeout: 40s
  maxResetTimeout: 50s
retryBudget: { percentage: 0, minPerSecond: 5 }
cache: { enabled: false, ttl: 1.5s, staleTtl: 0s, maxEntries: 10, maxBytes: 1024 }
auth: none
keys:
  - name: checkout
    sha256: [${'0a'.repeat(32)}, ${'0B'.repeat(32)}]
    certificates: checkout.internal
    models: [fast, "gpt/*"]
    methods: [Complete, ListProviders]
    admin: true
    limits: { requestsPerMinute: 600, tokensPerMinute: 200000, concurrency: 20 }
    endUserLimits: { requestsPerMinute: 20 }
    budgets:
      - { amount: 500, per: month, onStoreFailure: allow, onLostCall: release, unpriced: allow }
      - { amount: "0.5", per: day, for: endUser }
budgets: [{ amount: 0.000000001, per: month, for: label, label: team }]
usage: { retention: 1.5d, maxRecords: 7 }
telemetry: { serviceName: gateway, captureContent: true }
prices:
  gpt/gpt-5-mini:
    contextWindow: 1000
    maxOutputTokens: 100
    inputPrice: 0.1
    outputPrice: "15"
    cacheReadPrice: 0.000001
    cacheWritePrice: 0
  meta-llama/Llama-3.3-70B: { contextWindow: 131072 }
`,
      { files: { 'conf/server.crt': 'pem', '/keys/server.key': 'pem', 'ca.crt': 'pem' } },
    );
    const breaker = {
      errorThresholdPercentage: 10,
      volumeThreshold: 20,
      rollingCountTimeoutMs: 30_000,
      resetTimeoutMs: 40_000,
      maxResetTimeoutMs: 50_000,
    };
    const target = {
      provider: 'gpt',
      model: 'gpt-5-mini',
      weight: 3,
      execution: { idleTimeoutMs: 5_000, connectTimeoutMs: 9_000 },
    };
    expect(config).toEqual({
      server: {
        address: '[::]:6000',
        metricsAddress: '0.0.0.0:9000',
        tls: { certFile: 'conf/server.crt', keyFile: '/keys/server.key', clientCaFile: 'ca.crt' },
        drainTimeoutMs: 0,
        maxMessageBytes: 4_194_304,
        keepaliveTimeMs: 60_000,
        keepaliveTimeoutMs: 5_000,
        maxConnectionAgeMs: 3_600_000,
        maxConnectionAgeGraceMs: 90_000,
        reflection: false,
        concurrency: { maxConcurrency: 100, maxQueueLength: 0, queueTimeoutMs: 0 },
      },
      redis: {
        urls: ['rediss://user:pass%2Fword@redis:6380/2'],
        cluster: false,
        commandTimeoutMs: 25,
        keyPrefix: 'team',
      },
      providers: [
        { ...demo, breaker: { ...breaker, volumeThreshold: 1_000_000 } },
        {
          name: 'gpt',
          kind: 'openai',
          apiKey: 'key-one',
          baseUrl: 'https://example.com/v1',
          api: 'responses',
          apiVersion: undefined,
          region: undefined,
          credentials: undefined,
          execution: { connectTimeoutMs: 2_000, firstContentTimeoutMs: 300_000 },
          breaker: { ...breaker, resetTimeoutMs: 1_000 },
          limits: { requestsPerMinute: 60, tokensPerMinute: 1_000, maxQueueLength: 2, queueTimeoutMs: 3_000 },
          concurrency: { maxConcurrency: 8, maxQueueLength: 2, queueTimeoutMs: 3_000 },
        },
        {
          ...demo,
          name: 'azure',
          kind: 'azure-openai',
          apiKey: 'key-two',
          baseUrl: 'https://my.openai.azure.com',
          apiVersion: '2024-10-21',
          breaker,
        },
        {
          ...demo,
          name: 'aws',
          kind: 'bedrock',
          region: 'us-gov-west-1',
          credentials: { accessKeyId: 'id', secretAccessKey: 'key-three', sessionToken: 'key-four' },
          breaker,
        },
      ],
      models: new Map([
        ['demo', demoAlias],
        [
          'fast',
          {
            name: 'fast',
            strategy: 'weighted',
            affinity: 'endUser',
            targets: [target],
            content: {
              redact: ['email', 'phone', 'secret'],
              phoneRegion: 'DE',
              restore: true,
              maxInputBytes: 1_048_576,
              injection: 'flag',
              injectionThreshold: 0.5,
              repairJson: true,
            },
          },
        ],
      ]),
      execution: {
        connectTimeoutMs: 1_000,
        firstContentTimeoutMs: 2_000,
        idleTimeoutMs: 3_000,
        responseTimeoutMs: 4_000,
        totalTimeoutMs: 5_000,
        wholeAnswerTokens: 6,
        defaultMaxOutputTokens: 7,
        maxAttempts: 8,
        maxRetryDelayMs: 0,
        midStream: 'continue',
        unsupportedParameters: 'reject',
      },
      breaker,
      retryBudget: { percentage: 0, minPerSecond: 5 },
      cache: { enabled: false, ttlMs: 1_500, staleTtlMs: 0, maxEntries: 10, maxBytes: 1_024 },
      auth: 'none',
      keys: [
        {
          name: 'checkout',
          digests: ['0a'.repeat(32), '0b'.repeat(32)],
          certificates: ['checkout.internal'],
          models: ['fast', 'gpt/*'],
          methods: ['Complete', 'ListProviders'],
          admin: true,
          limits: { requestsPerMinute: 600, tokensPerMinute: 200_000, concurrency: 20 },
          endUserLimits: { requestsPerMinute: 20 },
          budgets: [
            {
              for: 'all',
              label: undefined,
              amountNanoUsd: 500_000_000_000,
              per: 'month',
              onStoreFailure: 'allow',
              onLostCall: 'release',
              unpriced: 'allow',
            },
            { ...budget, for: 'endUser', amountNanoUsd: 500_000_000, per: 'day' },
          ],
          content: noContentPolicy,
        },
      ],
      budgets: [{ ...budget, for: 'label', label: 'team', amountNanoUsd: 1, per: 'month' }],
      usage: { retentionMs: 129_600_000, maxRecords: 7, audit: undefined },
      telemetry: {
        serviceName: 'gateway',
        captureContent: true,
        otlpEndpoint: undefined,
        otlpProtocol: 'http/protobuf',
        logLevel: 'info',
      },
      prices: new Map([
        [
          'gpt/gpt-5-mini',
          {
            contextWindow: 1_000,
            maxOutputTokens: 100,
            inputPrice: 100_000_000,
            outputPrice: 15_000_000_000,
            cacheReadPrice: 1_000,
            cacheWritePrice: 0,
          },
        ],
        ['meta-llama/Llama-3.3-70B', { contextWindow: 131_072 }],
      ]),
      secrets: ['key-one', 'key-two', 'id', 'key-three', 'key-four', 'pass%2Fword', 'pass/word'],
    });
  });

  it('is the same as no file where it is empty, or only comments', () => {
    const variables = { OPENAI_API_KEY: 'o' };
    expect(load('', { variables })).toEqual(load(undefined, { variables }));
    expect(load('# nothing yet\n', { variables })).toEqual(load(undefined, { variables }));
  });

  it('keeps the providers of the environment while it names none', () => {
    const { providers } = load('auth: none', { variables: { OPENAI_API_KEY: 'o' } });
    expect(providers.map(({ name }) => name)).toEqual(['demo', 'openai']);
  });

  it('has only its own providers and demo once it names some', () => {
    const { providers } = load('providers: { a: { kind: google, apiKey: g } }', {
      variables: { OPENAI_API_KEY: 'o' },
    });
    expect(providers.map(({ name }) => name)).toEqual(['demo', 'a']);
  });

  it('may give the name demo to another provider, and then there is no alias demo', () => {
    const { providers, models } = load('providers: { demo: { kind: google, apiKey: g } }');
    expect(providers.map(({ name, kind }) => [name, kind])).toEqual([['demo', 'google']]);
    expect([...models.keys()]).toEqual([]);
  });

  it('may give the alias demo to another model', () => {
    const { models } = load('models: { demo: { targets: [{ provider: demo, model: slow }] } }');
    expect(models.get('demo')?.targets.map(({ model }) => model)).toEqual(['slow']);
  });

  it.each([
    ['limits: {}', undefined],
    [
      'limits: { requestsPerMinute: 5 }',
      { requestsPerMinute: 5, maxQueueLength: 100, queueTimeoutMs: 1_000 },
    ],
    [
      'limits: { tokensPerMinute: 5 }, maxConcurrency: 7',
      { tokensPerMinute: 5, maxQueueLength: 7, queueTimeoutMs: 1_000 },
    ],
    [
      'limits: { tokensPerMinute: 5 }, queueTimeout: 0s',
      { tokensPerMinute: 5, maxQueueLength: 100, queueTimeoutMs: 0 },
    ],
  ])('has a line before what a provider is asked for in a minute: %s', (said, limits) => {
    const { providers } = load(`providers: { a: { kind: demo, ${said} } }`);
    expect(providers.find(({ name }) => name === 'a')?.limits).toEqual(limits);
  });

  it('lets a key do everything but run the gateway, where nothing is said of it', () => {
    expect(load(`keys: [{ name: checkout, sha256: ${'ab'.repeat(32)} }]`).keys).toEqual([
      {
        name: 'checkout',
        digests: ['ab'.repeat(32)],
        certificates: [],
        models: ['*'],
        methods: undefined,
        admin: false,
        limits: {},
        endUserLimits: {},
        budgets: [],
        content: noContentPolicy,
      },
    ]);
  });

  it('may switch the metrics endpoint off', () => {
    expect(load('server: { metricsAddress: off }').server).toEqual({
      ...defaultServer,
      metricsAddress: undefined,
    });
  });

  it('lets calls on an aged connection use their whole time', () => {
    expect(load('execution: { totalTimeout: 1h }').server.maxConnectionAgeGraceMs).toBe(3_600_000);
  });

  it('takes a list of Redis nodes for a cluster, if only of one', () => {
    expect(load('redis: { url: ["redis://a:1"] }').redis).toEqual({
      urls: ['redis://a:1'],
      cluster: true,
      commandTimeoutMs: 40,
      keyPrefix: 'sluice',
    });
  });

  it('knows of a server of one’s own whether it goes on with a begun answer only if told', () => {
    const own = 'kind: openai-compatible, baseUrl: "http://h/v1"';
    const { providers } = load(`providers: { a: { ${own} }, b: { ${own}, prefill: true } }`);
    expect(providers.map(({ name, prefill }) => [name, prefill])).toEqual([
      ['demo', undefined],
      ['a', undefined],
      ['b', true],
    ]);
  });

  it.each(['priority', 'weighted', 'fastest', 'cheapest'])('takes the strategy %s', (strategy) => {
    const { models } = load(
      `models: { m: { strategy: ${strategy}, targets: [{ provider: demo, model: demo }] } }`,
    );
    expect(models.get('m')).toMatchObject({ strategy, affinity: 'none', targets: [{ weight: 1 }] });
  });

  it.each(['fail', 'restart', 'continue'])('takes the mid-stream policy %s at every level', (midStream) => {
    const { execution, providers, models } = load(`
execution: { midStream: ${midStream} }
providers: { demo: { kind: demo, execution: { midStream: ${midStream} } } }
models: { m: { targets: [{ provider: demo, model: demo, execution: { midStream: ${midStream} } }] } }
`);
    expect([execution, providers[0]?.execution, models.get('m')?.targets[0]?.execution]).toMatchObject(
      new Array(3).fill({ midStream }),
    );
  });

  it('lets as many calls wait for a provider as may be in flight there, for a second', () => {
    const { providers } = load('providers: { a: { kind: demo, maxConcurrency: 8 } }');
    expect(providers[1]?.concurrency).toEqual({
      maxConcurrency: 8,
      maxQueueLength: 8,
      queueTimeoutMs: 1_000,
    });
  });

  it('keeps the line of the process where only its limit is said', () => {
    expect(load('server: { maxConcurrency: 8 }').server.concurrency).toEqual({
      maxConcurrency: 8,
      maxQueueLength: 200,
      queueTimeoutMs: 100,
    });
  });

  it.each([
    ['by default', ''],
    ['for all', ', maxResetTimeout: 20s'],
  ])('moves the limit on the time that a circuit stays open, %s, where it begins above', (_, limit) => {
    const { breaker, providers } = load(`
breaker: { resetTimeout: 10s${limit} }
providers: { a: { kind: demo, breaker: { resetTimeout: 2m } } }
`);
    expect(providers.map((provider) => provider.breaker)).toEqual([
      { ...breaker, volumeThreshold: 1_000_000 },
      { ...breaker, resetTimeoutMs: 120_000, maxResetTimeoutMs: 120_000 },
    ]);
    expect(breaker.maxResetTimeoutMs).toBe(limit === '' ? 25_000 : 20_000);
  });

  it('does not move it for a provider that begins lower than the others', () => {
    const { breaker, providers } = load(`
breaker: { resetTimeout: 2m }
providers: { a: { kind: demo, breaker: { resetTimeout: 1s } } }
`);
    expect(breaker.maxResetTimeoutMs).toBe(120_000);
    expect(providers[1]?.breaker).toEqual({ ...defaultBreaker, resetTimeoutMs: 1_000 });
  });

  it('leaves what is not said under a provider to the general settings', () => {
    const config = load('providers: { demo: { kind: demo, execution: {}, breaker: {} } }');
    expect(config.providers).toEqual([{ ...demo, breaker: defaultBreaker }]);
    expect(config.execution).toEqual(defaultExecution);
  });
});

describe('telemetry in the environment', () => {
  it.each([
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318' }, 'http://all:4318'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:4318/v1/traces' }, 'http://traces:4318/v1/traces'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/v1',
      },
      'http://traces/v1',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318', OTEL_SDK_DISABLED: 'TRUE' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318', OTEL_SDK_DISABLED: 'false' }, 'http://all:4318'],
  ])('%j sends traces to %s', (variables, endpoint) => {
    expect(load(undefined, { variables }).telemetry.otlpEndpoint).toBe(endpoint);
  });

  it.each([
    [{}, 'http/protobuf'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http/json'],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
      'http/protobuf',
    ],
  ])('%j sends them as %s', (variables, protocol) => {
    expect(load(undefined, { variables }).telemetry.otlpProtocol).toBe(protocol);
  });

  it('names the service over what the file says', () => {
    const { telemetry } = load('telemetry: { serviceName: file }', {
      variables: { OTEL_SERVICE_NAME: 'env' },
    });
    expect(telemetry.serviceName).toBe('env');
  });

  it('sets the level of the log', () => {
    expect(load(undefined, { variables: { LOG_LEVEL: 'debug' } }).telemetry.logLevel).toBe('debug');
  });
});
