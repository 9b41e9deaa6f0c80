import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Client, credentials, Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { createClient, type SluiceClient } from '@sluice/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, issueCertificate, writeCertificate } from '../support/certificates.ts';
import { methodsOfContract } from '../support/contract.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { findGrpcurl } from '../support/grpcurl.ts';

const grpcurl = await findGrpcurl();

const demo = (model: string) => ({ targets: [{ provider: 'demo', model }] });
const file = {
  models: { fast: demo('demo'), smart: demo('demo'), vectors: demo('demo-embedding') },
  keys: [
    { name: 'checkout', sha256: hash('sha256', 'key-of-checkout'), models: ['fast', 'vectors', 'openai/*'] },
    { name: 'streams', sha256: hash('sha256', 'key-of-streams'), methods: ['StreamComplete'] },
    { name: 'operator', sha256: hash('sha256', 'key-of-operator'), admin: true },
  ],
};

let gateway: Gateway;
/** The same, and whoever has no key may call too. */
let open: Gateway;
const clients: SluiceClient[] = [];
beforeAll(async () => {
  gateway = await startGateway(file);
  open = await startGateway({ ...file, auth: 'none' });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await gateway[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

/** A client with a key. */
function clientOf(apiKey: string): SluiceClient {
  const client = createClient({ address: gateway.address, apiKey, maxAttempts: 1 });
  clients.push(client);
  return client;
}

/** How a call of any method ends, with an empty request; every method serves a client that takes a stream. */
async function statusOf(
  path: string,
  authorization?: string,
  { address }: Pick<Gateway, 'address'> = gateway,
): Promise<StatusObject> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const asIs = (bytes: Buffer) => bytes;
  const call = client.makeServerStreamRequest(path, asIs, asIs, Buffer.alloc(0), metadata);
  const ended = new Promise<StatusObject>((resolve) => call.on('status', resolve));
  call.on('error', () => {}).resume();
  try {
    return await ended;
  } finally {
    client.close();
  }
}

const request = { model: 'fast', prompt: 'hello' };

describe('every method of every service', () => {
  it('is in this list', () => {
    expect(methodsOfContract.length).toBeGreaterThanOrEqual(14);
  });

  it.each(methodsOfContract)('refuses a key that nobody knows: $service/$method', async ({ path }) => {
    for (const asked of [gateway, open]) {
      const { code, details } = await statusOf(path, 'Bearer canary-of-nobody', asked);
      // What is not served yet is refused to everybody.
      if (code === status.UNIMPLEMENTED) continue;
      expect(status[code]).toBe('UNAUTHENTICATED');
      expect(details).toContain('not known here');
      expect(details).not.toContain('canary');
    }
  });

  it.each(methodsOfContract)('refuses a caller without a key: $service/$method', async ({ path }) => {
    const { code } = await statusOf(path);
    expect(['UNAUTHENTICATED', 'UNIMPLEMENTED']).toContain(status[code]);
  });

  it.each(methodsOfContract.filter(({ service }) => service === 'AdminService'))(
    'is for administrators, where it is AdminService’s: $method',
    async ({ path }) => {
      for (const caller of ['checkout', 'streams']) {
        const { code } = await statusOf(path, `Bearer key-of-${caller}`);
        expect(['PERMISSION_DENIED', 'UNIMPLEMENTED']).toContain(status[code]);
      }
      const { code } = await statusOf(path, 'Bearer key-of-operator');
      expect(['OK', 'NOT_FOUND', 'INVALID_ARGUMENT', 'UNIMPLEMENTED']).toContain(status[code]);
    },
  );
});

describe('health and reflection', () => {
  it('answer everybody', async () => {
    expect((await statusOf('/grpc.health.v1.Health/Check')).code).toBe(status.OK);
    expect((await statusOf('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo')).code).toBe(
      status.OK,
    );
  });

  it('may be without reflection', async () => {
    await using closed = await startGateway({ ...file, server: { reflection: false } });
    const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    expect((await statusOf('/grpc.health.v1.Health/Check', undefined, closed)).code).toBe(status.OK);
    expect((await statusOf(reflection, undefined, closed)).code).toBe(status.UNIMPLEMENTED);
  });
});

describe('a key', () => {
  it('lets a client in, unary and streamed, and its name stands in the log', async () => {
    const client = clientOf('key-of-checkout');
    await client.complete(request);
    await client.stream(request).final();
    const callers = gateway.log
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'completion finished');
    expect(callers.map(({ caller }) => caller)).toEqual(['checkout', 'checkout']);
  });

  it('that nobody knows is refused, and found nowhere', async () => {
    const canary = 'canary-7f3a9c51d2e84b60';
    for (const client of [clientOf(canary), clientOf(`Bearer_${canary}`)]) {
      const error = await client.complete(request).catch((e) => e);
      expect(error).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'CALLER_CREDENTIALS_INVALID' });
      expect(inspect(error, { depth: null })).not.toContain(canary);
    }
    expect(gateway.log.join('')).not.toContain(canary);
    expect(await (await fetch(gateway.metricsUrl)).text()).not.toContain(canary);
  });

  it('may be missing where the configuration says so', async () => {
    await expect(open.client.complete({ model: 'smart', prompt: 'hello' })).resolves.toBeDefined();
    await expect(open.client.admin.listProviders({})).rejects.toMatchObject({ status: 'PERMISSION_DENIED' });
  });

  it('is only for the methods that it has', async () => {
    const client = clientOf('key-of-streams');
    await expect(client.stream(request).final()).resolves.toBeDefined();
    await expect(client.complete(request)).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
      reason: 'MODEL_NOT_ALLOWED',
      message: 'Complete: the caller "streams" may call StreamComplete.',
    });
  });

  it('of an administrator runs the gateway', async () => {
    const { providers } = await clientOf('key-of-operator').admin.listProviders({});
    expect(providers.map(({ name }) => name)).toEqual(['demo']);
  });

  it.runIf(grpcurl)('is what grpcurl sends', async () => {
    const ask = (key: string) =>
      grpcurl?.(
        '-plaintext',
        '-H',
        `authorization: Bearer ${key}`,
        '-d',
        JSON.stringify(request),
        gateway.address,
        'sluice.v1.CompletionService/Complete',
      );
    expect((await ask('key-of-checkout'))?.stdout).toContain('FINISH_REASON_STOP');
    const refused = await ask('wrong');
    expect(refused?.exitCode).toBe(64 + status.UNAUTHENTICATED);
    expect(refused?.stderr).toContain('"reason": "CALLER_CREDENTIALS_INVALID"');
  });
});

describe('a model that a key may not use', () => {
  const smart = { model: 'smart', prompt: 'hello' };
  const denied = {
    status: 'PERMISSION_DENIED',
    reason: 'MODEL_NOT_ALLOWED',
    message: 'model: the caller "checkout" may not use "smart"; ListModels names what it may.',
    metadata: { caller: 'checkout', model: 'smart', field: 'model' },
  };

  it('is refused by Complete, StreamComplete and Embed', async () => {
    const client = clientOf('key-of-checkout');
    await expect(client.complete(smart)).rejects.toMatchObject(denied);
    await expect(client.stream(smart).final()).rejects.toMatchObject(denied);
    await expect(client.embeddings.embed({ model: 'smart', texts: ['hello'] })).rejects.toMatchObject(denied);
    await expect(client.embeddings.embed({ model: 'vectors', texts: ['hello'] })).resolves.toBeDefined();
  });

  it('is refused by CountTokens and EstimateCost', async () => {
    const { models } = clientOf('key-of-checkout');
    const inside = {
      ...denied,
      message: `request.${denied.message}`,
      metadata: { ...denied.metadata, field: 'request.model' },
    };
    await expect(models.countTokens({ request: smart })).rejects.toMatchObject(inside);
    await expect(models.estimateCost({ request: smart })).rejects.toMatchObject(inside);
    await expect(models.countTokens({ request })).resolves.toBeDefined();
  });

  it('is refused as a fallback', async () => {
    const call = clientOf('key-of-checkout').complete({
      ...request,
      execution: { fallbackModels: ['fast', 'demo/demo'] },
    });
    await expect(call).rejects.toMatchObject({
      reason: 'MODEL_NOT_ALLOWED',
      message:
        'execution.fallback_models[1]: the caller "checkout" may not use "demo/demo"; ListModels names what it may.',
    });
  });

  it('is refused before anybody says whether it exists', async () => {
    const client = clientOf('key-of-checkout');
    const messageOf = async (model: string) => {
      const error = await client.complete({ model, prompt: 'hello' }).catch((e) => e);
      return `${error.status} ${error.message.replace(model, 'MODEL')}`;
    };
    expect(await messageOf('smart')).toBe(await messageOf('stupid'));
    // What it may use, it may know not to be there.
    expect(await messageOf('openai/gpt-5')).toMatch(/^NOT_FOUND /);
  });

  it('is not in the list', async () => {
    const namesOf = async (key: string) => {
      const { models } = await clientOf(key).models.listModels({});
      return models.map(({ name }) => name);
    };
    expect(await namesOf('key-of-checkout')).toEqual(['fast', 'vectors']);
    expect(await namesOf('key-of-operator')).toEqual(['demo', 'fast', 'smart', 'vectors']);
  });

  it('does not show in the pages of the list', async () => {
    const { models } = clientOf('key-of-checkout');
    const first = await models.listModels({ pageSize: 1 });
    const second = await models.listModels({ pageSize: 1, pageToken: first.nextPageToken });
    expect([first, second].map((page) => page.models.map(({ name }) => name))).toEqual([
      ['fast'],
      ['vectors'],
    ]);
    expect(second.nextPageToken).toBe('');
  });
});

describe('a certificate', () => {
  const authority = issueCertificate('authority');
  const ofServer = issueCertificate('server', authority);
  let folder: string;
  let guarded: Gateway;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-keys-'));
    const { certFile: clientCaFile } = await writeCertificate(folder, authority);
    guarded = await startGateway({
      ...file,
      server: { tls: { ...(await writeCertificate(folder, ofServer)), clientCaFile } },
      keys: [
        { name: 'hosts', certificates: ['a.internal', 'b.internal'] },
        { name: 'workloads', certificates: 'spiffe://example/checkout', models: 'fast' },
        { name: 'people', certificates: 'ada@example.com' },
        { name: 'old', certificates: 'old-service' },
        ...file.keys,
      ],
    });
  });
  afterAll(async () => {
    await guarded[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function holderOf({ cert, key }: Certificate, apiKey?: string): SluiceClient {
    const client = createClient({
      address: guarded.address,
      maxAttempts: 1,
      tls: { rootCertificates: authority.cert, certificateChain: cert, privateKey: key },
      ...(apiKey !== undefined && { apiKey }),
    });
    clients.push(client);
    return client;
  }

  async function callerOf(client: SluiceClient): Promise<string> {
    await client.complete({ ...request, cache: { mode: 'CACHE_MODE_BYPASS' as const } });
    return JSON.parse(guarded.log.findLast((line) => line.includes('completion finished')) ?? '{}').caller;
  }

  it.each([
    ['hosts', issueCertificate('x', authority, [{ dns: 'b.internal' }])],
    [
      'hosts',
      issueCertificate('x', authority, [
        { ip: [127, 0, 0, 1] },
        { dns: 'x.internal' },
        { dns: 'a.internal' },
      ]),
    ],
    ['workloads', issueCertificate('x', authority, [{ uri: 'spiffe://example/checkout' }])],
    ['people', issueCertificate('x', authority, [{ email: 'ada@example.com' }])],
    ['old', issueCertificate('old-service', authority, [])],
  ])('stands for the key of %s', async (name, certificate) => {
    expect(await callerOf(holderOf(certificate))).toBe(name);
  });

  it('is held to what its key may', async () => {
    const workload = holderOf(issueCertificate('x', authority, [{ uri: 'spiffe://example/checkout' }]));
    await expect(workload.complete({ ...request, model: 'smart' })).rejects.toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it.each([
    ['nobody’s name', issueCertificate('x', authority)],
    ['a common name beside others', issueCertificate('old-service', authority, [{ dns: 'x.internal' }])],
    ['a name that pretends to be two', issueCertificate('x', authority, [{ dns: 'x, DNS:a.internal' }])],
  ])('is nobody’s with %s', async (_, certificate) => {
    await expect(holderOf(certificate).complete(request)).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
      reason: 'CALLER_CREDENTIALS_INVALID',
    });
    expect(await callerOf(holderOf(certificate, 'key-of-checkout'))).toBe('checkout');
  });

  it('does not help a key that nobody knows', async () => {
    const certificate = issueCertificate('x', authority, [{ dns: 'a.internal' }]);
    await expect(holderOf(certificate, 'wrong').complete(request)).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
    });
  });
});
