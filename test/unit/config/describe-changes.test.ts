// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import { describe, expect, it } from 'vitest';
import { describeChanges } from '../../../src/config/describe-changes.ts';
import { read, type Situation } from './load.ts';

function changes(before: string, after: string, was: Situation = {}, is: Situation = was): string[] {
  return describeChanges(read(before, was).said, read(after, is).said).map(({ sentence }) => sentence);
}

const openai = (apiKey: string) => `providers: { p: { kind: openai, apiKey: "${apiKey}" } }`;

describe('what a configuration says otherwise than the one before', () => {
  it('is told by path, with both values', () => {
    expect(
      changes(
        'cache: { ttl: 1h, enabled: true }\nretryBudget: { percentage: 20 }',
        'cache: { ttl: 2h, enabled: false }\nretryBudget: { percentage: 10 }',
      ),
    ).toEqual([
      'cache.ttl changed from "1h" to "2h".',
      'cache.enabled changed from true to false.',
      'retryBudget.percentage changed from 20 to 10.',
    ]);
  });

  it('is told of what came and what went', () => {
    expect(changes('cache: { ttl: 1h }', 'cache: { enabled: false }')).toEqual([
      'cache.ttl was removed.',
      'cache.enabled was added: false.',
    ]);
    expect(changes('', 'execution: { totalTimeout: 1m, maxAttempts: 2 }')).toEqual([
      'execution.totalTimeout was added: "1m".',
      'execution.maxAttempts was added: 2.',
    ]);
    expect(changes('auth: none', '')).toEqual(['auth was removed.']);
  });

  it('is told of providers, models and targets as a whole where they came or went', () => {
    const models = (targets: string) => `models: { fast: { targets: [${targets}] } }`;
    const target = (model: string) => `{ provider: demo, model: ${model} }`;
    expect(changes('', openai('a-key-of-mine'))).toEqual(['providers.p was added.']);
    expect(changes(models(target('a')), '')).toEqual(['models.fast was removed.']);
    expect(changes(models(target('a')), models(`${target('b')}, ${target('a')}`))).toEqual([
      'models.fast.targets[0].model changed from "a" to "b".',
      'models.fast.targets[1] was added.',
    ]);
  });

  it('is nothing where only the way of saying it differs', () => {
    expect(
      changes(
        'cache: { ttl: 1h }\nauth: none',
        '# a comment\nauth: "${WHO}"\ncache:\n  ttl: ${TTL:-1h}\n',
        {},
        { variables: { WHO: 'none' } },
      ),
    ).toEqual([]);
  });

  it.each([
    ['written in its place', openai('canary-one'), openai('canary-two'), 'providers.p.apiKey changed.'],
    [
      'half of a key of AWS',
      'providers: { p: { kind: bedrock, region: us-east-1, accessKeyId: canary1, secretAccessKey: canary2, sessionToken: canary3 } }',
      'providers: { p: { kind: bedrock, region: us-east-1, accessKeyId: canary4, secretAccessKey: canary2, sessionToken: canary5 } }',
      'providers.p.accessKeyId changed.|providers.p.sessionToken changed.',
    ],
    [
      'that looks like one, in a wrong place',
      'telemetry: { serviceName: sk-proj-canary123456 }',
      'telemetry: { serviceName: sk-proj-canary987654 }',
      'telemetry.serviceName changed; this needs a restart.',
    ],
    [
      'in an address of Redis',
      'redis: { url: "redis://:canary@h" }',
      'redis: { url: "redis://:canary@i" }',
      'redis.url changed; this needs a restart.',
    ],
  ])('shows no secret: one %s', (_, before, after, said) => {
    expect(changes(before, after).join('|')).toBe(said);
  });

  it('shows nothing that came from a variable or a file', () => {
    const file = openai('${file:key}');
    expect(
      changes(file, file, { files: { 'conf/key': 'canary-1' } }, { files: { 'conf/key': 'canary-2' } }),
    ).toEqual(['providers.p.apiKey changed.']);
    expect(
      changes(
        'telemetry: { serviceName: "${NAME}" }\ncache: { ttl: "${TTL}" }',
        'telemetry: { serviceName: "${NAME}" }\ncache: { ttl: 2h }',
        { variables: { NAME: 'canary', TTL: '1h' } },
        { variables: { NAME: 'canary-2' } },
      ),
    ).toEqual(['telemetry.serviceName changed; this needs a restart.', 'cache.ttl changed.']);
  });

  it.each([
    ['server: { address: "h:1" }', 'server: { address: "h:2" }'],
    ['', 'server: { metricsAddress: off }'],
    ['redis: { url: "redis://h" }', ''],
    ['redis: { url: ["redis://h"] }', 'redis: { url: ["redis://i"] }'],
    ['cache: { maxBytes: 1MiB }', 'cache: { maxBytes: 2MiB }'],
    ['server: { reflection: true }', 'server: { reflection: false }'],
    ['', 'telemetry: { captureContent: true }'],
  ])('needs a restart, and says so, where the process takes it in only at its start: %s → %s', (...files) => {
    const [before, after] = files.map((yaml) => read(yaml).said);
    const found = before && after ? describeChanges(before, after) : [];
    expect(found).toEqual([
      { needsRestart: true, sentence: expect.stringMatching(/; this needs a restart\.$/) },
    ]);
  });

  it('needs a restart where TLS begins or ends, but not where its files are others', () => {
    const files = { 'conf/a': 'pem', 'conf/b': 'pem' };
    const tls = (more: string) => `server: { tls: { certFile: a, keyFile: b${more} } }`;
    expect(changes('', tls(''), { files })).toEqual(['server.tls was added; this needs a restart.']);
    expect(changes(tls(''), tls(', clientCaFile: a'), { files })).toEqual([
      'server.tls.clientCaFile was added: "a"; this needs a restart.',
    ]);
    expect(changes(tls(', clientCaFile: a'), tls(', clientCaFile: b'), { files })).toEqual([
      'server.tls.clientCaFile changed from "a" to "b".',
    ]);
  });
});
