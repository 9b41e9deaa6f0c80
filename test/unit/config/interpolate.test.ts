// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import { describe, expect, it } from 'vitest';
import { encrypt } from '../../../src/config/encryption.ts';
import { interpolate } from '../../../src/config/interpolate.ts';
import { faultsOf, load } from './load.ts';

const sources = {
  variables: { NAME: 'value', OTHER: 'more' },
  readFile(path: string) {
    const files = new Map([
      ['/run/secrets/key', 'from file\n'],
      ['windows', 'from windows\r\n'],
      ['lines', 'one\ntwo\n\n'],
    ]);
    const text = files.get(path);
    if (text === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    return text;
  },
};

describe('interpolation', () => {
  it.each([
    ['${NAME}', 'value'],
    ['a ${NAME} b ${OTHER}', 'a value b more'],
    ['${NAME:-default}', 'value'],
    ['${NONE:-default}', 'default'],
    ['${NONE:-}', ''],
    ['${NONE:-redis://localhost:6379}', 'redis://localhost:6379'],
    ['${file:/run/secrets/key}', 'from file'],
    ['${file:windows}', 'from windows'],
    ['${file:lines}', 'one\ntwo\n'],
    ['$NAME costs $5', '$NAME costs $5'],
    ['$${NAME}', '${NAME}'],
  ])('makes %j into %j', (text, expected) => {
    expect(interpolate(text, sources)).toMatchObject({ values: expected, faults: [] });
  });

  it('reaches every text, however deep, and no key', () => {
    const values = { '${NAME}': ['${NAME}', { a: '${NAME}' }], n: 1, b: true, z: null };
    expect(interpolate(values, sources).values).toEqual({
      '${NAME}': ['value', { a: 'value' }],
      n: 1,
      b: true,
      z: null,
    });
  });

  it('does not look into what it has put in', () => {
    expect(interpolate('${A}', { ...sources, variables: { A: '${B}', B: 'x' } }).values).toBe('${B}');
  });

  it('serves numbers and switches too', () => {
    const { cache } = load('cache: { enabled: "${CACHE}", maxEntries: "${ENTRIES:-7}" }', {
      variables: { CACHE: 'false' },
    });
    expect(cache).toMatchObject({ enabled: false, maxEntries: 7 });
  });

  it('reads secret files from the folder of the configuration file', () => {
    const { providers, secrets } = load('providers: { a: { kind: google, apiKey: "${file:key}" } }', {
      files: { 'conf/key': 'mounted\n' },
    });
    expect(providers[1]?.apiKey).toBe('mounted');
    expect(secrets).toEqual(['mounted']);
  });

  it.each([
    [
      '${GONE}',
      'needs the environment variable GONE, which is not set or empty; set it, or give a default as in ${GONE:-default}.',
    ],
    [
      '${EMPTY}',
      'needs the environment variable EMPTY, which is not set or empty; set it, or give a default as in ${EMPTY:-default}.',
    ],
    [
      '${toString}',
      'needs the environment variable toString, which is not set or empty; set it, or give a default as in ${toString:-default}.',
    ],
    ['${file:gone}', 'needs the file "gone", which cannot be read (ENOENT); mount it or correct the path.'],
    ['${file:empty}', 'needs the file "empty", which is empty; write the value into it.'],
    [
      '${a b}',
      'has a "${" that opens none of ${NAME}, ${NAME:-default}, ${file:/path} and ${encrypted:text}; write "$${" for the text itself.',
    ],
    [
      '${NAME',
      'has a "${" that opens none of ${NAME}, ${NAME:-default}, ${file:/path} and ${encrypted:text}; write "$${" for the text itself.',
    ],
  ])('refuses %j', (text, fault) => {
    const situation = { variables: { EMPTY: '', NAME: 'x' }, files: { 'conf/empty': '\n' } };
    expect(faultsOf(`providers: { a: { kind: openai, apiKey: '${text}' } }`, situation)).toEqual([
      `providers.a.apiKey ${fault}`,
    ]);
  });

  it('names every missing variable of one value', () => {
    expect(faultsOf('telemetry: { serviceName: "${ONE}-${TWO}" }')).toEqual([
      expect.stringContaining('needs the environment variable ONE,'),
      expect.stringContaining('needs the environment variable TWO,'),
    ]);
  });

  it('has faults quote the text of the file, not what was put in, nor a default', () => {
    expect(faultsOf('cache: { ttl: "${TTL:-1h}" }', { variables: { TTL: 'soon' } })).toEqual([
      'cache.ttl is what "${TTL:-…}" stands for: expected a duration, such as "250ms", "1.5s", "10m" or "1h".',
    ]);
  });
});

describe('an encrypted value', () => {
  const key = Buffer.alloc(32, 7);
  const opened = { SLUICE_ENCRYPTION_KEY: key.toString('hex') };
  const secret = 'pässword';
  const sealed = encrypt(secret, key);

  it.each([
    ['hexadecimal', key.toString('hex')],
    ['base64', key.toString('base64')],
    ['base64 for addresses', key.toString('base64url')],
  ])('is opened by a key in %s', (_, text) => {
    const variables = { SLUICE_ENCRYPTION_KEY: text };
    expect(interpolate(`a \${encrypted:${sealed}} b`, { ...sources, variables })).toMatchObject({
      values: `a ${secret} b`,
      secrets: [secret],
      faults: [],
    });
  });

  it('is secret wherever it stands, and so is the key to it', () => {
    const { telemetry, secrets } = load(`telemetry: { serviceName: "\${encrypted:${sealed}}" }`, {
      variables: opened,
    });
    expect(telemetry.serviceName).toBe(secret);
    expect(secrets).toEqual([key.toString('hex'), secret]);
  });

  const flipped = Buffer.from(sealed, 'base64');
  flipped[14] = (flipped[14] ?? 0) ^ 1;
  it.each([
    ['by another key', sealed, { SLUICE_ENCRYPTION_KEY: '0'.repeat(64) }],
    ['where one bit has changed', flipped.toString('base64'), opened],
    ['where it was cut short', sealed.slice(0, -4), opened],
    ['where it is not as long as nonce and tag', 'AAAA', opened],
    ['where it is empty', '', opened],
  ])('is not opened %s', (_, text, variables) => {
    expect(faultsOf(`telemetry: { serviceName: "\${encrypted:${text}}" }`, { variables })).toEqual([
      'telemetry.serviceName cannot be decrypted: SLUICE_ENCRYPTION_KEY is another key than it was encrypted with, or the text is damaged; encrypt it anew with `npm run encrypt`.',
    ]);
  });

  it('needs its key', () => {
    expect(faultsOf(`telemetry: { serviceName: "\${encrypted:${sealed}}" }`)).toEqual([
      'telemetry.serviceName is encrypted and needs the environment variable SLUICE_ENCRYPTION_KEY, which is not set or empty; set it to the key that encrypted it.',
    ]);
  });

  it.each(['0'.repeat(63), '0'.repeat(66), 'A'.repeat(42), 'secret'])(
    'needs a key of 32 bytes, not %j',
    (text) => {
      const variables = { SLUICE_ENCRYPTION_KEY: text };
      expect(faultsOf(`telemetry: { serviceName: "\${encrypted:${sealed}}" }`, { variables })).toEqual([
        'telemetry.serviceName is encrypted, and SLUICE_ENCRYPTION_KEY holds no key to open it.',
        'SLUICE_ENCRYPTION_KEY has a value that is not shown here: expected 32 bytes, in hexadecimal or base64, such as `openssl rand -base64 32` prints.',
      ]);
    },
  );

  it('is named, not quoted, by the faults of what it came to', () => {
    expect(faultsOf(`cache: { ttl: "\${encrypted:${sealed}}" }`, { variables: opened })).toEqual([
      'cache.ttl is what "${encrypted:…}" stands for: expected a duration, such as "250ms", "1.5s", "10m" or "1h".',
    ]);
  });

  it('never looks the same twice', () => {
    expect(encrypt(secret, key)).not.toBe(sealed);
  });
});
