// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './load.ts';

const minted = 'sk-proj-Planted0Secret1';
const opaque = 'pLanted0secret1without2any3prefix4';
const plain = 'hunter2';
const own = `sluice_${'x-_9'.repeat(10)}abc`;

describe('no fault shows a secret that is', () => {
  it.each([
    // In its own place
    ['a key of a wrong form', `providers: { a: { kind: openai, apiKey: "${plain} x" } }`, plain],
    ['a key where none is needed', `providers: { a: { kind: demo, apiKey: ${plain} } }`, plain],
    [
      'a key of AWS of a wrong form',
      `providers: { a: { kind: bedrock, secretAccessKey: ${plain} x, accessKeyId: ${plain} x, sessionToken: ${plain} x } }`,
      plain,
    ],
    ['a password of Redis', `redis: { url: "http://:${plain}@h" }`, plain],
    ['a password of a cluster node', `redis: { url: ["redis://h", "h:${plain}"] }`, plain],
    ['a list of keys', `providers: { a: { kind: openai, apiKey: [${plain}] } }`, plain],

    ['a key in the place of its digest', `keys: [{ name: a, sha256: ${plain} }]`, plain],
    ['a key among digests', `keys: [{ name: a, sha256: [${plain}, ${own}] }]`, own],

    // In a wrong place
    ['a key in the place of its name', `keys: [{ name: "${own} ", sha256: ab }]`, own],
    ['a key in the place of its entry', `keys: [${plain}]`, plain],
    ['a key under another name', `keys: [{ name: a, key: ${plain} }]`, plain],
    ['a key as a method', `keys: [{ name: a, methods: ${own} }]`, own],
    ['an encrypted text that is none', `telemetry: { serviceName: "\${encrypted:${plain}}" }`, plain],
    ['under an unknown key', `redis: { url: "redis://h", password: ${plain} }`, plain],
    ['under a misspelt key', `providers: { a: { kind: openai, apikey: ${plain} } }`, plain],
    ['a provider', `providers: { openai: ${plain} }`, plain],
    [
      'an address with credentials',
      `providers: { a: { kind: openai, apiKey: k, baseUrl: "https://u:${plain}@h" } }`,
      plain,
    ],
    [
      'an address with credentials that nobody escaped',
      `providers: { a: { kind: openai, apiKey: k, baseUrl: "https://u:a/${plain}@h" } }`,
      plain,
    ],
    ['an address of the server', `server: { address: "redis://u:${plain}@h" }`, plain],
    ['an address of Redis without its mapping', `redis: "redis://:${plain}@h"`, plain],
    ['the kind', `providers: { a: { kind: ${minted} } }`, minted],
    ['the base address', `providers: { a: { kind: openai, apiKey: k, baseUrl: ${opaque} } }`, opaque],
    ['a name', `providers: { "${minted} ": { kind: demo } }`, minted],
    ['a key without a space', `providers: { a: { kind: openai, apiKey:${plain} } }`, plain],
    [
      'a key without a space beside the providers',
      `providers: { a: { kind: demo }, apiKey:${minted} }\nmodels: { m: { targets: [{ provider: b, model: x }] } }`,
      minted,
    ],
    ['a variable', `providers: { a: { kind: openai, apiKey: "\${${minted}}" } }`, minted],
    ['a secret file', `providers: { a: { kind: openai, apiKey: "\${file:${minted}}" } }`, minted],
    ['a default', `cache: { ttl: "\${TTL:-${plain}}" }`, plain],
    ['a default beside a fault', `cache: { ttl: "\${TTL:-${plain}} \${GONE}" }`, plain],
    ['an alias of YAML', `providers: { a: { kind: openai, apiKey: *${plain} } }`, plain],
    ['a tag of YAML', `providers: { a: { kind: openai, apiKey: !${plain} x } }`, plain],
    ['broken YAML', `providers:\n  a:\n    kind: openai\n    apiKey:${plain}\n    api: "${plain}`, plain],
    ['a key that is there twice', `telemetry: { ${minted}: 1, ${minted}: 2 }`, minted],
  ])('%s', (_, yaml, secret) => {
    const refusal = refusalOf(yaml);
    expect(refusal.faults.length).toBeGreaterThan(0);
    expect(refusal.message).not.toContain(secret);
    expect(JSON.stringify(refusal.faults)).not.toContain(secret);
  });

  it.each([
    'server: { address: "${STRAY}" }',
    'auth: "${STRAY}"',
    'providers: { a: { kind: "${STRAY}" } }',
    'execution: { maxAttempts: "x${STRAY}" }',
    'models: { m: { targets: [{ provider: "${STRAY}", model: x }] } }',
  ])('the value of a variable that strayed: %s', (yaml) => {
    const refusal = refusalOf(yaml, { variables: { STRAY: plain } });
    expect(refusal.message).toContain('${STRAY}');
    expect(refusal.message).not.toContain(plain);
  });

  it('in a variable of the environment', () => {
    const variables = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `grpc://u:${plain}@h`,
      LOG_LEVEL: minted,
      OPENAI_API_KEY: `${plain} x`,
      OLLAMA_HOST: `http://u:${plain}@h`,
      SLUICE_ENCRYPTION_KEY: plain,
    };
    const refusal = refusalOf(undefined, { variables });
    expect(refusal.faults).toHaveLength(5);
    expect(inspect(refusal)).not.toMatch(new RegExp(`${plain}|${minted}`));
  });
});
