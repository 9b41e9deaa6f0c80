import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/faults.ts';
import type { LoadedConfig } from '../../../src/config/load-config.ts';
import { createReloader, type ReloadDependencies } from '../../../src/engine/reload.ts';
import { read } from '../config/load.ts';

/** A reloader of a file that says first one thing and then the others. */
function aReloader(
  [first = '', ...later]: readonly string[],
  said: Partial<ReloadDependencies> & { read?: () => LoadedConfig } = {},
) {
  const log: object[] = [];
  const applied: LoadedConfig['config'][] = [];
  const write = (fields: object, message: string) => void log.push({ message, ...fields });
  const reloader = createReloader({
    first: read(first),
    read: () => read(later.shift() ?? first),
    renewCertificates: async () => ({ changed: false, take() {} }),
    redact: (text) => text,
    apply: async (config) => void applied.push(config),
    log: { info: write, warn: write },
    ...said,
  });
  return { reloader, log, applied };
}

const wish = { validateOnly: false, by: { signal: 'SIGHUP' } };

describe('a reload', () => {
  it('applies a configuration once, and nothing where nothing differs', async () => {
    const changed = 'cache: { ttl: 2h }';
    const { reloader, applied } = aReloader(['', changed, changed]);
    expect(await reloader.reload(wish)).toEqual(['cache.ttl was added: "2h".']);
    expect(await reloader.reload(wish)).toEqual([]);
    expect(applied.map(({ cache }) => cache.ttlMs)).toEqual([7_200_000]);
  });

  it('applies nothing where all that differs needs a restart', async () => {
    const { reloader, applied } = aReloader(['', 'redis: { url: "redis://h" }']);
    expect(await reloader.reload(wish)).toEqual(['redis.url was added; this needs a restart.']);
    expect(applied).toEqual([]);
  });

  it('that could not be applied has changed nothing: the next one tells the same and tries again', async () => {
    let broken = true;
    const changed = 'cache: { ttl: 2h }';
    const { reloader, log } = aReloader(['', changed, changed], {
      async apply() {
        if (broken) throw new Error('a bug');
      },
    });
    await expect(reloader.reload(wish)).rejects.toMatchObject({ reason: 'ERROR_REASON_INTERNAL' });
    expect(log).toMatchObject([
      {
        message: 'configuration could not be put to use',
        signal: 'SIGHUP',
        error: expect.stringContaining('a bug'),
      },
    ]);
    broken = false;
    expect(await reloader.reload(wish)).toHaveLength(1);
  });

  it('takes renewed certificates, but not where it only looks', async () => {
    let taken = 0;
    const renewCertificates = async () => ({ changed: true, take: () => void taken++ });
    const { reloader, applied } = aReloader(['', '', ''], { renewCertificates });
    const told = ['server.tls: the files hold other certificates.'];
    expect(await reloader.reload({ ...wish, validateOnly: true })).toEqual(told);
    expect(taken).toBe(0);
    expect(await reloader.reload(wish)).toEqual(told);
    expect([taken, applied]).toEqual([1, []]);
  });

  it('is refused as a whole for a certificate that cannot be used', async () => {
    const message = 'server.tls.certFile is "a.crt": it holds no PEM. Name a PEM file.';
    const { reloader, applied } = aReloader(['', 'cache: { ttl: 2h }'], {
      renewCertificates: () => Promise.reject(new Error(message)),
    });
    await expect(reloader.reload(wish)).rejects.toMatchObject({
      reason: 'ERROR_REASON_INVALID_REQUEST',
      details: { violations: [{ field: 'server.tls', description: message }] },
    });
    expect(applied).toEqual([]);
  });

  it('writes no more lines than a log should have of it', async () => {
    const faults = Array.from({ length: 1_000 }, (_, n) => ({
      path: `a[${n}]`,
      message: `a[${n}] is wrong.`,
    }));
    const { reloader, log } = aReloader([''], {
      read() {
        throw new ConfigError('sluice.yaml', faults);
      },
    });
    await expect(reloader.reload(wish)).rejects.toMatchObject({
      message: 'The configuration is faulty and stays as it was: a[0] is wrong. (and 999 more)',
    });
    expect(log).toHaveLength(51);
    expect(log[0]).toMatchObject({ faults: 1_000 });
  });

  it('takes out of what it tells what turned out to be a secret', async () => {
    const redact = (text: string) => text.replaceAll('plain-secret', '…');
    const { reloader, log } = aReloader(
      ['', 'models: { plain-secret: { targets: [{ provider: demo, model: m }] } }', 'auth: plain-secret'],
      { redact },
    );
    const changes = await reloader.reload(wish);
    const error = await reloader.reload(wish).catch((thrown) => thrown);
    expect(changes).toEqual(['models.… was added.']);
    expect(error.details.violations).toMatchObject([{ field: 'auth' }]);
    expect(JSON.stringify([changes, error.message, error.details.violations, log])).not.toContain('plain');
  });

  it('ends before the gateway does, and none begins after it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { reloader } = aReloader(['', 'cache: { ttl: 2h }'], { apply: () => promise });
    const running = reloader.reload(wish);
    await new Promise(setImmediate);
    let closed = false;
    const closing = reloader.close().then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    resolve();
    expect(await running).toHaveLength(1);
    await closing;
    await expect(reloader.reload(wish)).rejects.toMatchObject({ reason: 'ERROR_REASON_GATEWAY_OVERLOADED' });
  });
});
