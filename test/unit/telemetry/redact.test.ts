import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/telemetry/redact.ts';

describe('createRedactor', () => {
  it.each([
    ['as it is', 'key canary-1234 refused'],
    ['more than once', 'canary-1234 and canary-1234'],
    ['inside a word', 'xcanary-1234x'],
  ])('takes out a secret %s', (_, text) => {
    expect(createRedactor(['canary-1234']).redact(text)).not.toContain('canary');
  });

  it('takes out a secret that is the beginning of another one', () => {
    expect(createRedactor(['canary-1', 'canary-1-long']).redact('canary-1-long')).toBe('[redacted]');
  });

  it('takes out a secret as JSON and as addresses spell it', () => {
    const { redact } = createRedactor(['p"ss/w&rd']);

    expect(redact(JSON.stringify({ password: 'p"ss/w&rd' }))).toBe('{"password":"[redacted]"}');
    expect(redact(`redis://:${encodeURIComponent('p"ss/w&rd')}@host`)).toBe('redis://:[redacted]@host');
  });

  it('leaves words alone that are as short as a secret should not be', () => {
    expect(createRedactor(['demo', '']).redact('a demo')).toBe('a demo');
  });

  it.each([
    ['Authorization: Bearer abcdef0123456789xyz', 'Authorization: Bearer [redacted]'],
    ['{"authorization":"Basic dXNlcjpwYXNzd29yZA=="}', '{"authorization":"Basic [redacted]"}'],
    ['https://host/v1?key=abcdef123&alt=sse', 'https://host/v1?key=[redacted]&alt=sse'],
    ['x-api-key: abcdef123', 'x-api-key: [redacted]'],
    ['{"apiKey":"abcdef123","model":"m"}', '{"apiKey":"[redacted]","model":"m"}'],
    ['Incorrect key sk-proj-abcdefghijklmnop given', 'Incorrect key [redacted] given'],
    ['AIzaSyAbcdefghijklmnopqrstuv', '[redacted]'],
    [`a key sluice_${'x-_9'.repeat(10)}abc of ours`, 'a key [redacted] of ours'],
  ])('takes out what looks like a key, though nobody told it: %s', (text, clean) => {
    expect(createRedactor([]).redact(text)).toBe(clean);
  });

  it.each([
    'basic example of a bearer token',
    '{"input_tokens":12,"model":"gpt-5","cache":"MISS"}',
    'the api key is missing: set apiKey',
    'task-force-of-many-words-that-are-long',
    'sluice_cache_stale_answers_total 3',
  ])('leaves ordinary text as it is: %s', (text) => {
    expect(createRedactor([]).redact(text)).toBe(text);
  });

  it('takes out secrets that it learns, and goes on taking out those before them', () => {
    const { redact, learn } = createRedactor(['canary-1']);
    learn(['canary-2']);
    learn(['canary-3']);
    expect(redact('canary-1 canary-2 canary-3')).toBe('[redacted] [redacted] [redacted]');
  });

  it('forgets the oldest of many that no longer hold, but none that does', () => {
    const { redact, learn } = createRedactor([]);
    for (let n = 0; n < 1_000; n++) learn([`canary-${n}-`, 'steady-secret']);
    expect(redact('canary-0- canary-950- canary-999- steady-secret')).toBe(
      'canary-0- [redacted] [redacted] [redacted]',
    );
  });
});
