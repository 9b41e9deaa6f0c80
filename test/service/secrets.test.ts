// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createClient, type SluiceClient } from '@sluice/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encrypt } from '../../src/config/encryption.ts';
import { canaryFor, findCanaries } from '../support/canary.ts';
import { issueCertificate, writeCertificate } from '../support/certificates.ts';
import { providerCases } from '../support/every-kind.ts';
import { freePorts, type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { type HttpRequest, startHttpServer } from '../support/http-server.ts';
import { startRedis } from '../support/redis-server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** How the provider treats its requests, one way after the other. All of them quote the request, key and all. */
const treatments: Record<string, (echo: string, response: ServerResponse) => void> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 413, 429, 500, 503, 529].map((status) => [
      `an error ${status}`,
      (echo: string, response: ServerResponse) => {
        response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
        const error = { message: `bad key: ${echo}`, type: echo, code: echo, param: echo, status: echo };
        response.end(JSON.stringify({ error, message: echo, __type: echo, errors: [echo] }));
      },
    ]),
  ),
  'a web page': (echo, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<pre>${echo}</pre>`);
  },
  'JSON that is cut off': (echo, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"echo": ${JSON.stringify(echo)}, "choices": [`);
  },
  'a stream that errs': (echo, response) => {
    const error = { message: echo, type: echo, code: echo };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`);
  },
  'a redirect': (echo, response) => {
    response.writeHead(307, { location: `/elsewhere?key=${encodeURIComponent(echo)}` });
    response.end();
  },
  'a reset': (_, response) => response.destroy(),
};

describe('a canary', () => {
  it('would be found in whatever form', () => {
    const canary = canaryFor('cage');
    const planted = new Map([['cage', canary]]);
    for (const text of [
      canary,
      encodeURIComponent(canary),
      Buffer.from(canary).toString('hex'),
      Buffer.from(canary).toString('hex').toUpperCase(),
      ...['', 'x', 'xy'].flatMap((before) => [
        Buffer.from(`${before}${canary} and more`).toString('base64'),
        Buffer.from(`${before}${canary}`).toString('base64url'),
      ]),
    ]) {
      expect(findCanaries(`before ${text} after`, planted)).toEqual(['cage']);
    }
    expect(findCanaries('nothing of it', planted)).toEqual([]);
  });

  it('in every place where a secret can be is found nowhere else', { timeout: 120_000 }, async () => {
    const planted = new Map<string, string>();
    const plant = (place: string) => {
      planted.set(place, canaryFor(place));
      return canaryFor(place);
    };
    const { files, certificate } = await issue(folder);
    planted.set('TLS key', certificate.key.split('\n')[1] ?? '');
    const encryptionKey = Buffer.from('c4nary for encryption, 32 bytes.');
    planted.set('encryption', encryptionKey.toString('base64'));
    const auditFile = join(folder, 'audit.jsonl');
    const keyFile = join(folder, 'key');
    await writeFile(keyFile, plant('file'));

    let treat = treatments['an error 401'];
    await using provider = await startHttpServer((request, response) => treat?.(quote(request), response));
    await using collector = await startHttpServer((_, response) => response.end());
    const redisPassword = plant('redis');
    const redis = await startRedis({ args: ['--requirepass', redisPassword] });

    const configured = Object.fromEntries(
      providerCases.map(({ name, configure }) => [name, configure(provider.url, plant(name))]),
    );
    const encrypted = `\${encrypted:${encrypt(plant('encrypted'), encryptionKey)}}`;
    const file = (more = {}) => ({
      server: { ...freePorts, tls: files },
      keys: [{ name: 'caller', sha256: hash('sha256', plant('caller')), admin: true }],
      usage: { audit: { file: auditFile } },
      redis: { url: redis.url.replace('://', `://:${encodeURIComponent(redisPassword)}@`) },
      providers: {
        ...configured,
        fromFile: { kind: 'openai', apiKey: `\${file:${keyFile}}`, baseUrl: `${provider.url}/v1` },
        fromVariable: { kind: 'openai', apiKey: '${SOME_KEY}', baseUrl: `${provider.url}/v1` },
        decrypted: { kind: 'openai', apiKey: encrypted, baseUrl: `${provider.url}/v1` },
        fromAws: { kind: 'bedrock', region: 'us-east-1', baseUrl: provider.url },
      },
      execution: { maxRetryDelay: '0s' },
      breaker: { volumeThreshold: 1_000 },
      ...more,
    });
    await using gateway = await startGatewayProcess(file(), {
      LOG_LEVEL: 'trace',
      SOME_KEY: plant('variable'),
      SLUICE_ENCRYPTION_KEY: encryptionKey.toString('base64'),
      AWS_ACCESS_KEY_ID: plant('aws id'),
      AWS_SECRET_ACCESS_KEY: plant('aws secret'),
      AWS_SESSION_TOKEN: plant('aws token'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace(
        '://',
        `://user:${encodeURIComponent(plant('collector'))}@`,
      ),
      OTEL_EXPORTER_OTLP_HEADERS: `x-key=${plant('header')},authorization=Bearer ${plant('bearer')}`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      NODE_OPTIONS: [
        '--report-uncaught-exception',
        '--report-on-signal',
        '--report-signal=SIGUSR2',
        `--report-directory=${folder}`,
        `--import=${preload(crashOnSignal)}`,
      ].join(' '),
    });
    const address = await gateway.address();
    await using client = createClient({
      address,
      apiKey: plant('caller'),
      tls: { rootCertificates: certificate.authority },
      maxAttempts: 1,
    });
    const told: Record<string, unknown[]> = { answers: [] };
    const note = (what: Promise<unknown>) => what.then(tell, tell);
    const tell = (answer: unknown) => void told['answers']?.push(readable(answer));
    const names = Object.keys(file().providers);

    for (const [name, how] of Object.entries(treatments)) {
      treat = how;
      for (const provider of names) await Promise.all(everyCall(client, provider).map(note));
      told[`metrics after ${name}`] = [await metricsOf(gateway)];
    }
    await note(client.admin.listProviders());
    await note(client.complete({ model: 'demo', prompt: 'hello' }));
    await note(client.complete({ model: 'demo', prompt: '' }));
    await note(client.complete({ model: 'nothing/there', prompt: 'hello' }));

    await writeFile(keyFile, plant('rotated'));
    await note(client.admin.reloadConfig({ validateOnly: true }));
    await note(client.admin.reloadConfig({}));
    treat = treatments['an error 401'];
    await Promise.all(everyCall(client, 'fromFile').map(note));
    await gateway.write(
      file({
        cache: { ttl: redisPassword },
        redis: { url: `redis//${redisPassword}` },
        strayed: redisPassword,
      }),
    );
    await note(client.admin.reloadConfig({}));
    gateway.kill('SIGHUP');
    await redis.stop();
    await note(client.complete({ model: 'demo', prompt: 'Redis is gone' }));
    await note(client.admin.purgeCache({}));
    await expect.poll(() => collector.requests.length).toBeGreaterThan(0);
    await expect.poll(() => gateway.stdout()).toContain('"signal":"SIGHUP"');
    gateway.kill('SIGUSR2');
    await expect.poll(() => reportsIn(folder)).not.toEqual([]);
    gateway.kill('SIGUSR1');
    expect(await gateway.exited).toEqual({ code: 1, signal: null });

    // Where they belong.
    const shown = JSON.stringify(provider.requests.map(({ headers }) => headers));
    const secretKeys = providerCases.map(({ name }) => name).filter((name) => name !== 'bedrock');
    expect(findCanaries(shown, planted)).toEqual(
      expect.arrayContaining([...secretKeys, 'file', 'rotated', 'variable', 'encrypted']),
    );
    expect(findCanaries(JSON.stringify(collector.requests.map(({ headers }) => headers)), planted)).toEqual(
      expect.arrayContaining(['header']),
    );
    // Where they do not.
    expect(gateway.stderr()).toContain('it broke');
    expect(gateway.stdout()).toContain('configuration changed');
    const nowhere = {
      ...told,
      addresses: provider.requests.map(({ path }) => path),
      bodies: provider.requests.map(({ body }) => body),
      spans: collector.requests.map(({ body }) => body),
      stdout: gateway.stdout(),
      stderr: gateway.stderr(),
      audit: await readFile(auditFile, 'utf8'),
      reports: await reportsIn(folder),
    };
    for (const [place, text] of Object.entries(nowhere)) {
      expect({ place, found: findCanaries(inspectAll(text), planted) }).toEqual({ place, found: [] });
    }
  });

  it('is not in what a process leaves that runs out of memory', { timeout: 60_000 }, async () => {
    const reports = await mkdtemp(join(folder, 'fatal-'));
    const planted = new Map([['openai', canaryFor('openai')]]);
    await using gateway = await startGatewayProcess(
      { server: freePorts },
      {
        OPENAI_API_KEY: canaryFor('openai'),
        NODE_OPTIONS: [
          '--max-old-space-size=64',
          '--report-on-fatalerror',
          `--report-directory=${reports}`,
          `--import=${preload(exhaustOnSignal)}`,
        ].join(' '),
      },
    );
    await gateway.address();
    gateway.kill('SIGUSR1');
    await gateway.exited;
    const left = await reportsIn(reports);
    expect(left).toHaveLength(1);
    expect(findCanaries(inspectAll([left, gateway.stdout(), gateway.stderr()]), planted)).toEqual([]);
  });

  it('is not in what a process says that cannot start', async () => {
    const secret = canaryFor('start');
    const planted = new Map([['start', secret]]);
    await using gateway = await startGatewayProcess(
      {
        server: { address: '${SOME_KEY}' },
        providers: { p: { kind: 'openai', apiKey: '${SOME_KEY} x', baseUrl: `http://u:${secret}@h` } },
        redis: { url: `http://:${secret}@h` },
      },
      { SOME_KEY: secret },
    );
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(gateway.stderr()).toContain('providers.p.apiKey');
    expect(findCanaries(gateway.stdout() + gateway.stderr(), planted)).toEqual([]);
  });
});

async function issue(folder: string) {
  const authority = issueCertificate('authority');
  const certificate = issueCertificate('server', authority);
  return {
    files: await writeCertificate(folder, certificate),
    certificate: { key: certificate.key, authority: authority.cert },
  };
}

/** What a careless provider might repeat of a request, in an error or wherever. */
function quote({ path, headers, body }: HttpRequest): string {
  return `${path} ${JSON.stringify(headers)} ${headers.authorization ?? ''} ${body}`;
}

function everyCall(client: SluiceClient, provider: string): Promise<unknown>[] {
  const model = `${provider}/some-model`;
  const request = { model, prompt: 'hello', maxOutputTokens: 9 };
  return [
    client.complete(request),
    client.stream(request).final(),
    client.embeddings.embed({ model, texts: ['hello'] }),
    client.models.countTokens({ request }),
    client.admin.checkProvider({ name: provider }),
  ];
}

async function metricsOf(gateway: GatewayProcess): Promise<string> {
  return (await fetch(gateway.metricsUrl())).text();
}

async function reportsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** All that a caller can read of an answer or an error, its trailers too. */
function readable(answer: unknown): unknown {
  const cause = answer instanceof Error ? answer.cause : undefined;
  const metadata =
    cause instanceof Error && 'metadata' in cause ? (cause.metadata as { getMap(): object }) : undefined;
  const trailers = Object.values(metadata?.getMap() ?? {}).map((value) =>
    Buffer.from(value).toString('latin1'),
  );
  return [answer, trailers];
}

function inspectAll(value: unknown): string {
  return typeof value === 'string'
    ? value
    : inspect(value, {
        depth: null,
        maxArrayLength: null,
        maxStringLength: null,
        breakLength: Number.POSITIVE_INFINITY,
      });
}

function preload(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** As a vendor's SDK would: an error that holds the request, thrown where nobody catches it. */
const crashOnSignal = `process.on('SIGUSR1', () => {
  const { SOME_KEY: key } = process.env;
  throw Object.assign(new TypeError('it broke: ' + key), {
    request: { headers: { authorization: 'Bearer ' + key } },
    cause: new Error(key),
  });
});`;

const exhaustOnSignal = `process.on('SIGUSR1', () => {
  const held = [process.env.OPENAI_API_KEY];
  for (;;) held.push(new Array(1e5).fill(held.length));
});`;
