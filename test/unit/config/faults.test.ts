// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import { describe, expect, it } from 'vitest';
import { faultsOf, refusalOf } from './load.ts';

const provider = (keys: string) => `providers: { a: { ${keys} } }`;
const model = (keys: string, ofTarget = '') =>
  `models: { m: { ${keys}${keys && ','} targets: [{ provider: demo, model: demo, ${ofTarget} }] } }`;
const digest = '0a'.repeat(32);
const ownKey = `sluice_${'x-_9'.repeat(10)}abc`;
const key = (said: string) =>
  `keys: [{ ${said.includes('name:') ? '' : 'name: a, '}sha256: ${digest}, ${said} }]`;
const target = (keys: string) => model('', keys);

describe('a faulty file is refused by path, value and remedy:', () => {
  it.each([
    // Shape
    ['- 1', 'The file is a list: expected a mapping.'],
    ['server:', 'server is empty: expected a mapping.'],
    ['telemetry: off', 'telemetry is a text: expected a mapping.'],
    ['providers: []', 'providers is a list: expected a mapping of names to providers.'],
    ['models: 3', 'models is a number: expected a mapping of names to models.'],
    ['executon: {}', 'executon is not a key that Sluice knows: did you mean "execution"?'],
    [
      'server: { Max_Message_Size: 1 }',
      'server.Max_Message_Size is not a key that Sluice knows: did you mean "maxMessageSize"?',
    ],
    [
      'redis: { url: "redis://h", sentinel: x }',
      'redis.sentinel is not a key that Sluice knows: known here: url, commandTimeout, keyPrefix.',
    ],

    // Content
    [
      model('content: { redact: [email, mail] }'),
      'models.m.content.redact is a list: expected a list of email, phone, card, iban, secret.',
    ],
    [
      model('content: { injection: warn }'),
      'models.m.content.injection is "warn": expected one of off, flag, block.',
    ],
    [
      model('content: { injection: flag, injectionThreshold: 80 }'),
      'models.m.content.injectionThreshold is 80: expected a number above 0 and up to 1.',
    ],
    [
      model('content: { injectionThreshold: 0.5 }'),
      'models.m.content.injectionThreshold is 0.5: nothing is compared with it; use injection: flag or block, or remove it.',
    ],
    [
      model('content: { restore: true }'),
      'models.m.content.restore is true: nothing is redacted, so nothing can be put back; say what to redact, or remove it.',
    ],
    [
      model('content: { redact: [email], phoneRegion: DE }'),
      'models.m.content.phoneRegion is "DE": no phone numbers are redacted; add phone to redact, or remove it.',
    ],
    [
      model('content: { redact: [phone], phoneRegion: QX }'),
      'models.m.content.phoneRegion is "QX": expected a country of ISO 3166, such as "DE".',
    ],
    [
      model('content: { redact: [phone], phoneRegion: Germany }'),
      'models.m.content.phoneRegion is "Germany": expected a country of ISO 3166, such as "DE".',
    ],

    // Values
    [
      'server: { address: ":50051" }',
      'server.address is ":50051": expected host:port, such as "127.0.0.1:50051" or "[::1]:50051".',
    ],
    [
      'server: { address: "0.0.0.0:65536" }',
      'server.address is "0.0.0.0:65536": expected host:port, such as "127.0.0.1:50051" or "[::1]:50051".',
    ],
    [
      'server: { address: off }',
      'server.address is "off": expected host:port, such as "127.0.0.1:50051" or "[::1]:50051".',
    ],
    [
      'server: { maxMessageSize: 32MB }',
      'server.maxMessageSize is "32MB": expected a size, such as "512KiB", "32MiB" or a number of bytes.',
    ],
    ['server: { reflection: yes }', 'server.reflection is "yes": expected true or false.'],
    [
      'execution: { idleTimeout: 20 }',
      'execution.idleTimeout is 20: a duration needs its unit, such as "20s" (ms, s, m or h).',
    ],
    [
      'execution: { idleTimeout: 1d }',
      'execution.idleTimeout is "1d": expected a duration, such as "250ms", "1.5s", "10m" or "1h".',
    ],
    ['execution: { idleTimeout: 0s }', 'execution.idleTimeout is "0s": expected a duration of 1ms or more.'],
    ['cache: { ttl: 1000h }', 'cache.ttl is "1000h": expected a duration of 596h or less.'],
    ['execution: { maxAttempts: 0 }', 'execution.maxAttempts is 0: expected a whole number from 1 to 100.'],
    [
      'execution: { maxAttempts: 1.5 }',
      'execution.maxAttempts is 1.5: expected a whole number from 1 to 100.',
    ],
    [
      'execution: { unsupportedParameters: ignore }',
      'execution.unsupportedParameters is "ignore": expected one of drop, reject.',
    ],
    [
      'breaker: { errorThresholdPercentage: 101 }',
      'breaker.errorThresholdPercentage is 101: expected a whole number from 1 to 100.',
    ],
    ['auth: all', 'auth is "all": expected none.'],
    ['telemetry: { serviceName: "" }', 'telemetry.serviceName is empty: expected a name.'],
    [
      'redis: {}',
      'redis.url is missing: expected "redis://host:port", or "rediss://host:port" for TLS; without redis, state is in memory.',
    ],
    ['redis: { url: [] }', 'redis.url is a list: expected at least one node.'],
    [
      'redis: { url: ["redis://h", "localhost:6379"] }',
      'redis.url[1] has a value that is not shown here: expected "redis://host:port", or "rediss://host:port" for TLS; without redis, state is in memory.',
    ],
    [
      'redis: { url: "redis://h", keyPrefix: "{a}" }',
      'redis.keyPrefix is "{a}": expected a word without spaces and braces.',
    ],

    // Providers
    [
      provider('apiKey: k'),
      'providers.a.kind is missing: expected one of demo, openai, anthropic, google, azure-openai, cohere, bedrock, huggingface, openai-compatible.',
    ],
    [
      provider('kind: opnai'),
      'providers.a.kind is "opnai": expected one of demo, openai, anthropic, google, azure-openai, cohere, bedrock, huggingface, openai-compatible.',
    ],
    [
      provider('kind: openai'),
      'providers.a.apiKey is missing: a provider of kind openai needs this key, such as "${OPENAI_API_KEY}".',
    ],
    [
      provider('kind: google, baseUrl: "http://127.0.0.1:1"'),
      'providers.a.apiKey is missing: a provider of kind google needs this key, such as "${GOOGLE_API_KEY}".',
    ],
    [
      provider('kind: openai, apiKey: ""'),
      'providers.a.apiKey is empty: expected one word of visible ASCII characters.',
    ],
    [
      provider('kind: openai, apiKey: "two words"'),
      'providers.a.apiKey has a value that is not shown here: expected one word of visible ASCII characters.',
    ],
    [
      provider('kind: openai, api_key: k, apiKey: k'),
      'providers.a.api_key is not a key that Sluice knows: did you mean "apiKey"?',
    ],
    [
      provider('kind: openai, apiKey: k, baseUrl: example.com'),
      'providers.a.baseUrl is "example.com": expected an http or https address, such as "https://api.example.com/v1".',
    ],
    [
      provider('kind: openai, apiKey: k, baseUrl: "ftp://example.com"'),
      'providers.a.baseUrl is "ftp://example.com": expected an http or https address, such as "https://api.example.com/v1".',
    ],
    [
      provider('kind: openai, apiKey: k, baseUrl: "https://u:p@h"'),
      'providers.a.baseUrl has a value that is not shown here: an address may not carry credentials; put the key under apiKey.',
    ],
    [
      provider('kind: openai, apiKey: k, baseUrl: "https://h/?a=b"'),
      'providers.a.baseUrl is "https://h/?a=b": an address may not have a query or a fragment; end it with its path.',
    ],
    [
      provider('kind: openai, apiKey: k, baseUrl: "https://h/#"'),
      'providers.a.baseUrl is "https://h/#": an address may not have a query or a fragment; end it with its path.',
    ],
    [
      provider('kind: demo, apiKey: k'),
      'providers.a.apiKey has a value that is not shown here: a provider of kind demo has no such key; remove it.',
    ],
    [
      provider('kind: demo, baseUrl: "http://h"'),
      'providers.a.baseUrl is "http://h": a provider of kind demo has no such key; remove it.',
    ],
    [
      provider('kind: google, apiKey: k, api: chat'),
      'providers.a.api is "chat": a provider of kind google has no such key; remove it.',
    ],
    [
      provider('kind: openai, apiKey: k, api: answers'),
      'providers.a.api is "answers": expected one of chat, responses, completions.',
    ],
    [
      provider('kind: azure-openai, apiKey: k'),
      'providers.a.baseUrl is missing: a provider of kind azure-openai needs this key, such as "https://my.openai.azure.com".',
    ],
    [
      provider('kind: azure-openai, apiKey: k, baseUrl: "https://h", apiVersion: newest'),
      'providers.a.apiVersion is "newest": expected a date, such as "2024-10-21".',
    ],
    [
      provider('kind: azure-openai, apiKey: k, baseUrl: "https://h", apiVersion: 2024-10-21, api: responses'),
      'providers.a.apiVersion is "2024-10-21": Azure serves responses without a version, under /openai/v1; remove it.',
    ],
    [
      provider('kind: bedrock'),
      'providers.a.region is missing: a provider of kind bedrock needs this key, such as "us-east-1".',
    ],
    [
      provider('kind: bedrock, region: Ireland'),
      'providers.a.region is "Ireland": expected a region of AWS, such as "us-east-1".',
    ],
    [
      provider('kind: bedrock, region: us-east-1, accessKeyId: k'),
      'providers.a.secretAccessKey is missing: accessKeyId and secretAccessKey go together; give both, or neither for the usual AWS credentials.',
    ],
    [
      provider('kind: bedrock, region: us-east-1, secretAccessKey: k'),
      'providers.a.accessKeyId is missing: accessKeyId and secretAccessKey go together; give both, or neither for the usual AWS credentials.',
    ],
    [
      provider('kind: bedrock, region: us-east-1, sessionToken: k'),
      'providers.a.sessionToken has a value that is not shown here: it goes with accessKeyId and secretAccessKey; give them too, or remove it.',
    ],
    [
      provider('kind: huggingface'),
      'providers.a.apiKey is missing: a provider of kind huggingface needs this key, such as "${HF_TOKEN}", unless baseUrl names a server of one\'s own.',
    ],
    [
      provider('kind: openai, apiKey: k, prefill: true'),
      'providers.a.prefill is true: a provider of kind openai has no such key; remove it.',
    ],
    [
      provider('kind: openai-compatible, baseUrl: "http://h", prefill: mostly'),
      'providers.a.prefill is "mostly": expected true or false.',
    ],
    [
      provider('kind: openai-compatible, baseUrl: "http://h", prefill: true, api: responses'),
      'providers.a.prefill is true: it is about chat completions, which `api` is not; remove it.',
    ],
    [
      provider('kind: openai-compatible'),
      'providers.a.baseUrl is missing: a provider of kind openai-compatible needs this key, such as "http://127.0.0.1:11434/v1".',
    ],
    [
      provider('kind: cohere, apiKey: k, region: us-east-1'),
      'providers.a.region is "us-east-1": a provider of kind cohere has no such key; remove it.',
    ],
    [
      provider('kind: demo, breaker: { volumeThreshold: x }'),
      'providers.a.breaker.volumeThreshold is "x": expected a whole number from 1 to 1000000.',
    ],
    [
      'providers: { a/b: { kind: demo } }',
      'providers["a/b"] is not a usable name: use letters, digits, ".", "_" and "-".',
    ],

    // Models
    ['models: { m: {} }', 'models.m.targets is missing: expected a list of targets.'],
    ['models: { m: { targets: [] } }', 'models.m.targets is a list: expected at least one target.'],
    [
      'models: { gpt-4.1: { targets: [{ provider: openai, model: x }] } }',
      'models["gpt-4.1"].targets[0].provider is "openai": there is no such provider; there are demo.',
    ],
    [
      'models: { m: { targets: [{ provider: demo }] } }',
      "models.m.targets[0].model is missing: expected the provider's name of the model.",
    ],
    [
      model('strategy: random'),
      'models.m.strategy is "random": expected one of priority, weighted, fastest, cheapest.',
    ],
    [
      model('strategy: fastest, affinity: user'),
      'models.m.affinity is "user": expected one of none, endUser.',
    ],
    [
      model('affinity: endUser'),
      'models.m.affinity is "endUser": with the strategy priority all calls go to one target anyway; use weighted or fastest, or remove it.',
    ],
    [
      model('strategy: cheapest, affinity: endUser'),
      'models.m.affinity is "endUser": with the strategy cheapest all calls go to one target anyway; use weighted or fastest, or remove it.',
    ],
    [
      target('weight: 3'),
      'models.m.targets[0].weight is 3: the strategy priority has no weights; use weighted, or remove it.',
    ],
    [
      model('strategy: fastest', 'weight: 3'),
      'models.m.targets[0].weight is 3: the strategy fastest has no weights; use weighted, or remove it.',
    ],
    [
      model('strategy: weighted', 'weight: 0'),
      'models.m.targets[0].weight is 0: expected a whole number from 1 to 1000.',
    ],
    [
      target('execution: { connectTimeout: 1 }'),
      'models.m.targets[0].execution.connectTimeout is 1: a duration needs its unit, such as "1s" (ms, s, m or h).',
    ],
    [
      'models: { "a b": { targets: [] } }',
      'models["a b"] is not a usable name: use letters, digits, ".", "_", "-", ":" and "/".',
    ],

    // Retries, circuits, load, staleness
    [
      'execution: { maxRetryDelay: 10 }',
      'execution.maxRetryDelay is 10: a duration needs its unit, such as "10s" (ms, s, m or h).',
    ],
    [
      'execution: { midStream: resume }',
      'execution.midStream is "resume": expected one of fail, restart, continue.',
    ],
    [
      'retryBudget: { percentage: 1001 }',
      'retryBudget.percentage is 1001: expected a whole number from 0 to 1000.',
    ],
    [
      'retryBudget: { minPerSecond: -1 }',
      'retryBudget.minPerSecond is -1: expected a whole number from 0 to 1000000.',
    ],
    [
      'retryBudget: { ratio: 20 }',
      'retryBudget.ratio is not a key that Sluice knows: known here: percentage, minPerSecond.',
    ],
    [
      'breaker: { maxResetTimeout: 0s }',
      'breaker.maxResetTimeout is "0s": expected a duration of 1ms or more.',
    ],
    [
      'breaker: { maxResetTimeout: 10s }',
      'breaker.maxResetTimeout is "10s": it is below resetTimeout; expected 15000ms or more, or a lower resetTimeout.',
    ],
    [
      'breaker: { resetTimeout: 2m, maxResetTimeout: 1m }',
      'breaker.maxResetTimeout is "1m": it is below resetTimeout; expected 120000ms or more, or a lower resetTimeout.',
    ],
    [
      `breaker: { resetTimeout: 1m }\n${provider('kind: demo, breaker: { maxResetTimeout: 30s }')}`,
      'providers.a.breaker.maxResetTimeout is "30s": it is below resetTimeout; expected 60000ms or more, or a lower resetTimeout.',
    ],
    [
      'server: { maxConcurrency: 0 }',
      'server.maxConcurrency is 0: expected a whole number from 1 to 1000000.',
    ],
    [
      'server: { maxQueueLength: many }',
      'server.maxQueueLength is "many": expected a whole number from 0 to 1000000.',
    ],
    [
      'server: { queueTimeout: 100 }',
      'server.queueTimeout is 100: a duration needs its unit, such as "100s" (ms, s, m or h).',
    ],
    [
      provider('kind: demo, maxConcurrency: 1.5'),
      'providers.a.maxConcurrency is 1.5: expected a whole number from 1 to 1000000.',
    ],
    [
      provider('kind: demo, maxQueueLength: 4'),
      'providers.a.maxQueueLength is 4: it goes with maxConcurrency or limits; give one of them too, or remove it.',
    ],
    [
      provider('kind: demo, queueTimeout: 1s'),
      'providers.a.queueTimeout is "1s": it goes with maxConcurrency or limits; give one of them too, or remove it.',
    ],
    [
      'cache: { staleTtl: 1d }',
      'cache.staleTtl is "1d": expected a duration, such as "250ms", "1.5s", "10m" or "1h".',
    ],

    // Prices
    ['prices: []', 'prices is a list: expected a mapping of models to their sizes and prices.'],
    [
      'prices: { gpt-5: { inputPrice: $3 } }',
      'prices.gpt-5.inputPrice is "$3": expected US dollars for a million tokens, such as 0.075 or 15, with up to six decimals.',
    ],
    [
      'prices: { gpt-5: { inputPrice: -1 } }',
      'prices.gpt-5.inputPrice is -1: expected US dollars for a million tokens, such as 0.075 or 15, with up to six decimals.',
    ],
    [
      'prices: { openai/gpt-5: { outputPrice: 1, cacheReadPrice: 1 } }',
      'prices["openai/gpt-5"].inputPrice is missing: outputPrice, cacheReadPrice alone would be half a price; give inputPrice too.',
    ],
    [
      'prices: { gpt-5: { contextWindow: 0 } }',
      'prices.gpt-5.contextWindow is 0: expected a whole number from 1 to 2147483647.',
    ],
    [
      'prices: { gpt-5: { inputprice: 1 } }',
      'prices.gpt-5.inputprice is not a key that Sluice knows: did you mean "inputPrice"?',
    ],
    [
      'prices: { "": { inputPrice: 1 } }',
      'prices[""] is not a usable name: name a model, or provider/model.',
    ],

    // Keys, budgets, usage
    ['keys: {}', 'keys is a mapping: expected a list of keys.'],
    [
      key('name: a b'),
      'keys[0].name is "a b": expected a word of up to 64 letters, digits, ".", "_" and "-".',
    ],
    [
      key('name: anonymous'),
      'keys[0].name is "anonymous": that is what callers without a key are called; use another.',
    ],
    [
      'keys: [{ name: a }]',
      'keys[0].sha256 is missing: give the digest of a key, as `npm run key` prints it, or certificates.',
    ],
    ['keys: [{ name: a, sha256: [] }]', 'keys[0].sha256 is a list: expected at least one entry.'],
    [
      `keys: [{ name: a, sha256: [${digest}, abc] }]`,
      'keys[0].sha256[1] has a value that is not shown here: expected the SHA-256 of a key in 64 hexadecimal digits, as `npm run key` prints it; never the key itself.',
    ],
    [
      `keys: [{ name: a, sha256: ${ownKey} }]`,
      'keys[0].sha256 has a value that is not shown here: this is the key itself, where its digest belongs; make a new one with `npm run key`, since this one has been in a file.',
    ],
    [
      `keys: [{ name: a, sha256: ${digest} }, { name: a, sha256: ${'1'.repeat(63)}f }]`,
      'keys[1].name is "a": keys[0] has this name too; each key needs one of its own.',
    ],
    [
      `keys: [{ name: a, sha256: ${digest} }, { name: b, sha256: [${digest.toUpperCase()}] }]`,
      'keys[1].sha256 is a list: keys[0] has this digest too; each key needs one of its own.',
    ],
    [
      `keys: [{ name: a, sha256: ${digest}, certificates: a.internal }]`,
      'keys[0].certificates is "a.internal": callers show certificates only where server.tls.clientCaFile is set; set it, or remove them.',
    ],
    [key('models: []'), 'keys[0].models is a list: expected at least one entry.'],
    [key('models: [fast, 3]'), 'keys[0].models[1] is 3: expected a model, or a pattern such as "openai/*".'],
    [key('methods: [complete]'), 'keys[0].methods[0] is "complete": did you mean "Complete"?'],
    [
      key('methods: [StreamCompete]'),
      'keys[0].methods[0] is "StreamCompete": did you mean "StreamComplete"?',
    ],
    [
      key('methods: [Chat]'),
      'keys[0].methods[0] is "Chat": expected one of Complete, StreamComplete, Embed, ListModels, CountTokens, EstimateCost, SummarizeUsage, ListUsageRecords, GetBudget, ListProviders, CheckProvider, GetCacheStats, PurgeCache, ReloadConfig.',
    ],
    [
      key('methods: [Complete, PurgeCache]'),
      'keys[0].methods is a list: only administrators may call PurgeCache; say `admin: true` too, or leave it out.',
    ],
    [
      key('limits: { requestsPerMinute: 0 }'),
      'keys[0].limits.requestsPerMinute is 0: expected a whole number from 1 to 1000000000.',
    ],
    [
      key('endUserLimits: { perMinute: 1 }'),
      'keys[0].endUserLimits.perMinute is not a key that Sluice knows: known here: requestsPerMinute, tokensPerMinute, concurrency.',
    ],
    [
      key('budgets: [{ amount: 0, per: day }]'),
      'keys[0].budgets[0].amount is 0: expected US dollars, above 0 and up to 9000000, such as 50 or 0.25, with up to nine decimals.',
    ],
    ['budgets: {}', 'budgets is a mapping: expected a list of budgets.'],
    ['budgets: [{ amount: 1, per: week }]', 'budgets[0].per is "week": expected one of day, month.'],
    [
      'budgets: [{ amount: 1, per: day, for: label }]',
      'budgets[0].label is missing: a budget for a label needs its name, such as "team".',
    ],
    [
      'budgets: [{ amount: 1, per: day, label: team }]',
      'budgets[0].label is "team": it goes with `for: label`; say that too, or remove it.',
    ],
    [
      'budgets: [{ amount: 1, per: day }, { amount: 9, per: month }, { amount: 2, per: day, for: all }]',
      'budgets[2].per is "day": budgets[0] is for the same and as long; keep one of them.',
    ],
    [
      'usage: { retention: 35 }',
      'usage.retention is 35: a duration needs its unit, such as "35d" (ms, s, m, h or d).',
    ],
    ['usage: { retention: 5y }', 'usage.retention is "5y": expected a duration, such as "12h" or "35d".'],
    ['usage: { retention: 3651d }', 'usage.retention is "3651d": expected a duration of 3650d or less.'],
    [
      provider('kind: demo, limits: { concurrency: 3 }'),
      'providers.a.limits.concurrency is not a key that Sluice knows: known here: requestsPerMinute, tokensPerMinute.',
    ],
  ])('%s', (yaml, fault) => {
    expect(faultsOf(yaml)).toEqual([fault]);
  });
});

describe('a file that cannot be read is refused:', () => {
  it('the configuration file itself', () => {
    expect(faultsOf(undefined, { variables: { SLUICE_CONFIG: 'gone.yaml' } })).toEqual([
      'SLUICE_CONFIG is "gone.yaml": the file cannot be read (ENOENT); correct the path.',
    ]);
  });

  it('a certificate, whose path starts from the folder of the configuration file', () => {
    const yaml = 'server: { tls: { certFile: server.crt, keyFile: server.key } }';
    expect(faultsOf(yaml, { files: { 'conf/server.crt': 'pem', 'server.key': 'pem' } })).toEqual([
      'server.tls.keyFile is "server.key": the file cannot be read (ENOENT); correct the path or its permissions.',
    ]);
  });
});

describe('broken YAML is refused by line and column:', () => {
  it.each([
    ['auth: none\nauth: none', 'line 2, column 1: this key is there twice; remove one.'],
    ['cache:\n\tttl: 1h', 'line 2, column 1: a tab stands in the indentation; use spaces.'],
    [
      'a: 1\n---\nb: 2',
      'line 2, column 1: the file holds several documents; keep one and remove the "---" between them.',
    ],
    [
      'auth: !secret none',
      'line 1, column 7: this tag is not known; remove it, or put a text that starts with "!" in quotes.',
    ],
    ['auth: @none', 'line 1, column 7: a text may not start with this character; put it in quotes.'],
    ['auth: *none', 'An alias ("*name") has no anchor ("&name") before it, or is repeated too often.'],
  ])('%j', (yaml, fault) => {
    expect(faultsOf(yaml)).toEqual([fault]);
  });
});

describe('faulty variables are refused:', () => {
  it.each([
    [
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL is "loud": expected one of fatal, error, warn, info, debug, trace, silent.',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4317": expected an http or https address, such as "http://localhost:4318".',
    ],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": not available in this version; expected one of http/protobuf, http/json.',
    ],
    [
      { OPENAI_API_KEY: 'two words' },
      'providers.openai.apiKey has a value that is not shown here: expected one word of visible ASCII characters.',
    ],
    [
      { OLLAMA_HOST: 'not a host' },
      'providers.openai-compatible.baseUrl is what "${OLLAMA_HOST}" stands for: expected an http or https address, such as "https://api.example.com/v1".',
    ],
    [
      { AWS_REGION: 'Ireland', AWS_PROFILE: 'models' },
      'providers.bedrock.region is what "${AWS_REGION}" stands for: expected a region of AWS, such as "us-east-1".',
    ],
  ])('%j', (variables, fault) => {
    expect(faultsOf(undefined, { variables })).toEqual([fault]);
  });
});

it('names every fault at once, those of one provider and one model too', () => {
  const yaml = `
server: { address: nowhere }
providers:
  a: { kind: openai, baseUrl: nowhere, execution: { idleTimeout: 5 }, colour: red, queueTimeout: 1s }
  b: { kind: google, apiKey: "\${MISSING}" }
models: { m: { affinity: endUser, targets: [{ provider: c, model: x, weight: 2 }] } }
breaker: { maxResetTimeout: 5s }
`;
  const refusal = refusalOf(yaml, { variables: { LOG_LEVEL: 'loud' } });
  expect(refusal.faults.map(({ path }) => path).toSorted()).toEqual([
    'LOG_LEVEL',
    'breaker.maxResetTimeout',
    'models.m.affinity',
    'models.m.targets[0].provider',
    'models.m.targets[0].weight',
    'providers.a.apiKey',
    'providers.a.baseUrl',
    'providers.a.colour',
    'providers.a.execution.idleTimeout',
    'providers.a.queueTimeout',
    'providers.b.apiKey',
    'server.address',
  ]);
  expect(refusal.message).toMatch(
    /^The configuration file conf\/sluice\.yaml has 12 faults:\n {2}providers\.b\.apiKey needs /,
  );
});
