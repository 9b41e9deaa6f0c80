import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { createClient, SluiceError, textOf } from '@sluice/client';
import { Capability, CircuitState } from '@sluice/client/proto';
import { createFakeGateway, type FakeEvent } from '@sluice/client/testing';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../test/support/certificates.ts';
import packageJson from '../package.json' with { type: 'json' };
import { buildChannelOptions } from '../src/channel-options.ts';
import { services } from '../src/services.ts';

// Self-signed for localhost, for a hundred years, and known to all the world: for these tests only.
const issued = issueCertificate('localhost');
const certificate = Buffer.from(issued.cert);
const key = Buffer.from(issued.key);

describe('createClient', () => {
  it('has a method for every unary RPC of the contract', async () => {
    await using client = createClient({ address: '127.0.0.1:1' });
    const methodsOf = ({ methods }: { methods: object }) =>
      Object.entries(methods).flatMap(([name, { responseStream }]) => (responseStream ? [] : [name]));

    expect(Object.keys(client.embeddings)).toEqual(methodsOf(services.embedding));
    expect(Object.keys(client.models)).toEqual(methodsOf(services.model));
    expect(Object.keys(client.usage)).toEqual(methodsOf(services.usage));
    expect(Object.keys(client.admin)).toEqual(methodsOf(services.admin));
  });

  it('reaches the other services', async () => {
    await using gateway = await createFakeGateway({
      listModels: ({ provider }) => ({
        models: [{ name: `${provider}/m`, capabilities: [Capability.TOOLS] }],
      }),
      embed: ({ texts }) => ({ embeddings: texts.map((text) => ({ values: [text.length] })) }),
      listProviders: { providers: [{ name: 'openai', circuit: CircuitState.OPEN }] },
    });
    await using client = createClient({ address: gateway.address });

    expect(await client.models.listModels({ provider: 'openai' })).toMatchObject({
      models: [{ name: 'openai/m', capabilities: ['CAPABILITY_TOOLS'] }],
    });
    expect((await client.embeddings.embed({ model: 'e', texts: ['ab', 'c'] })).embeddings).toEqual([
      { values: [2] },
      { values: [1] },
    ]);
    expect((await client.admin.listProviders()).providers[0]?.circuit).toBe(CircuitState.OPEN);
  });

  it.each([
    'sluice.internal:443',
    'dns:///sluice.internal:443',
    '10.0.0.7:50051',
    'ipv4:127.0.0.1:50051,10.0.0.7:50051',
    '127.evil.example:443',
    'localhost.evil.example',
    'elsewhere:/socket',
    '',
  ])('refuses to send a key in the clear to "%s"', (address) => {
    expect(() => createClient({ address, apiKey: 'secret' })).toThrow(TypeError);
    expect(() => createClient({ address, apiKey: 'secret' })).not.toThrow(/secret/);
  });

  it.each([
    'localhost:50051',
    '127.0.0.1:50051',
    'dns:///localhost:50051',
    '[::1]:50051',
    'ipv6:[::1]:50051',
    'unix:/run/sluice.sock',
  ])('sends a key without TLS to "%s"', (address) => {
    expect(() => createClient({ address, apiKey: 'secret' }).close()).not.toThrow();
  });

  it('sends a key anywhere with TLS, or where the caller insists', () => {
    const address = 'sluice.internal:443';

    expect(() => createClient({ address, apiKey: 'secret', tls: true }).close()).not.toThrow();
    expect(() =>
      createClient({ address, apiKey: 'secret', allowInsecureApiKey: true }).close(),
    ).not.toThrow();
    expect(() => createClient({ address }).close()).not.toThrow();
  });

  it('speaks mutual TLS', async () => {
    await using gateway = await createFakeGateway({
      address: 'localhost:0',
      credentials: ServerCredentials.createSsl(
        certificate,
        [{ cert_chain: certificate, private_key: key }],
        true,
      ),
    });
    const { address } = gateway;
    const tls = { rootCertificates: certificate, certificateChain: certificate, privateKey: key.toString() };
    await using client = createClient({ address, apiKey: 'secret', tls });
    await using stranger = createClient({ address, tls: { rootCertificates: certificate }, maxAttempts: 1 });
    await using distrustful = createClient({ address, tls: true, maxAttempts: 1 });

    expect(textOf(await client.complete({ model: 'fast' }))).toBe('Hello from the fake gateway.');
    await expect(stranger.complete({ model: 'fast' })).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    await expect(distrustful.complete({ model: 'fast' })).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    expect(gateway.calls).toHaveLength(1);
  });

  it.each([
    // The certificate is for localhost and 127.0.0.1.
    ['127.0.0.1', 'Hello from the fake gateway.'],
    ['127.0.0.2', 'UNAVAILABLE'],
  ])('speaks TLS to an IP address, which the certificate must be for: %s', async (ip, outcome) => {
    const authority = issueCertificate('authority');
    const { cert, key } = issueCertificate('gateway', authority);
    await using gateway = await createFakeGateway({
      address: `${ip}:0`,
      credentials: ServerCredentials.createSsl(null, [
        { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) },
      ]),
    });
    const tls = { rootCertificates: authority.cert };
    await using client = createClient({ address: gateway.address, tls, maxAttempts: 1 });
    const answer = client.complete({ model: 'fast' }).then(textOf, (error) => error.status);
    expect(await answer).toBe(outcome);
  });

  it('waits until the gateway is there', async () => {
    const { address } = await freeAddress();
    await using client = createClient({ address, channelOptions: { 'grpc.max_reconnect_backoff_ms': 100 } });

    const ready = client.waitForReady();
    await expect(client.waitForReady({ timeoutMs: 50 })).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
    await expect(client.waitForReady({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      status: 'CANCELLED',
    });
    await using _gateway = await createFakeGateway({ address });

    await expect(ready).resolves.toBeUndefined();
  });

  it('ends what is running when it is closed, and refuses what comes after', async () => {
    await using gateway = await createFakeGateway({
      complete: () => new Promise<string>(() => {}),
      async *stream(): AsyncGenerator<FakeEvent> {
        yield { $case: 'started', value: {} };
        await new Promise(() => {});
      },
    });
    const client = createClient({ address: gateway.address });
    const answer = client.complete({ model: 'fast' });
    const events = client.stream({ model: 'fast' })[Symbol.asyncIterator]();
    await events.next();
    const more = events.next();

    client.close();
    client.close();

    const closed = { reason: 'CLIENT_CLOSED', status: 'CANCELLED' };
    await expect(answer).rejects.toMatchObject(closed);
    await expect(more).rejects.toMatchObject(closed);
    await expect(client.complete({ model: 'fast' })).rejects.toMatchObject(closed);
    await expect(client.stream({ model: 'fast' }).text()).rejects.toMatchObject(closed);
    await expect(client.waitForReady()).rejects.toMatchObject(closed);
  });

  it('notices a connection that has silently died under a stream', async () => {
    await using gateway = await createFakeGateway({
      async *stream(): AsyncGenerator<FakeEvent> {
        yield { $case: 'started', value: {} };
        await new Promise(() => {});
      },
    });
    const proxy = await createFreezingProxy(gateway.address);
    await using client = createClient({ address: proxy.address, keepalive: { timeMs: 100, timeoutMs: 100 } });
    const events = client.stream({ model: 'fast' })[Symbol.asyncIterator]();
    await events.next();

    proxy.freeze();
    const error: unknown = await events.next().catch((thrown) => thrown);
    proxy.close();

    expect(SluiceError.is(error)).toBe(true);
    expect(error).toMatchObject({ status: 'UNAVAILABLE', retryable: true });
  });
});

describe('channel options', () => {
  it('fit calls that think for minutes', () => {
    const options = buildChannelOptions({ address: 'x' });
    const serviceConfig = JSON.parse(options['grpc.service_config'] ?? '');

    expect(options).toMatchObject({
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.keepalive_permit_without_calls': 0,
      'grpc.max_receive_message_length': 32 * 1024 * 1024,
      'grpc.max_send_message_length': 32 * 1024 * 1024,
      'grpc.primary_user_agent': `@sluice/client/${packageJson.version}`,
    });
    expect(serviceConfig).toMatchObject({
      loadBalancingConfig: [{ pick_first: {} }],
      methodConfig: [{ name: [{}], retryPolicy: { maxAttempts: 3, retryableStatusCodes: ['UNAVAILABLE'] } }],
    });
  });

  it('give way to the caller’s own', () => {
    const options = buildChannelOptions({
      address: 'x',
      loadBalancing: 'round_robin',
      maxAttempts: 1,
      channelOptions: { 'grpc.keepalive_permit_without_calls': 1 },
    });

    expect(options['grpc.keepalive_permit_without_calls']).toBe(1);
    expect(JSON.parse(options['grpc.service_config'] ?? '')).toMatchObject({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: [],
    });
  });
});

async function freeAddress(): Promise<{ address: string }> {
  const gateway = await createFakeGateway();
  gateway.close();
  return { address: gateway.address };
}

/** A way to the gateway that, once frozen, neither carries nor breaks anything. */
async function createFreezingProxy(target: string) {
  const sockets: Socket[] = [];
  const [host = '', port] = target.split(':');
  const server = createServer((near) => {
    const far = tcpConnect(Number(port), host);
    sockets.push(near, far);
    near.on('error', () => {}).pipe(far);
    far.on('error', () => {}).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
