import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/connection.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const RECOVERY = { timeout: 8_000, interval: 50 };
const PASSWORD = 'correct-horse';
const TIME_LIMIT_MS = 1_000;

let server: RedisServer;
let logged: string;

beforeEach(async () => {
  server = await startRedis({ args: ['--requirepass', PASSWORD] });
  logged = '';
});
afterEach(() => server.stop());

describe('the connection to Redis', () => {
  it('takes user and password from the address', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(redis), RECOVERY).toBe('PONG');
    await redis.close();
  });

  it('speaks TLS to a rediss:// address', async () => {
    const firstByte = Promise.withResolvers<number>();
    const listener = createServer((socket) => {
      socket.once('data', (data) => {
        firstByte.resolve(Buffer.from(data).readUInt8());
        socket.destroy();
      });
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const redis = connect(`rediss://127.0.0.1:${(listener.address() as AddressInfo).port}`);
    const tlsHandshake = 22;
    expect(await firstByte.promise).toBe(tlsHandshake);
    await redis.close();
    listener.close();
  });

  it('does not take its own stall for silence of Redis', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(redis), RECOVERY).toBe('PONG');
    server.freeze();
    const answers = Promise.all([ping(redis), ping(redis), ping(redis), ping(redis)]);
    // Written, and not answered yet.
    await delay(10);
    server.thaw();
    // In the phase of the event loop after which timers come first.
    await new Promise((resolve) => setImmediate(resolve));
    // Redis answers meanwhile, and the time limit passes, while nothing is read here.
    const until = performance.now() + TIME_LIMIT_MS + 100;
    while (performance.now() < until);
    expect(await answers).toEqual(['PONG', 'PONG', 'PONG', 'PONG']);
    await redis.close();
  });

  it('never logs a password, neither a right nor a wrong one', async () => {
    const wrong = connect(`redis://default:wrong-battery@127.0.0.1:${server.port}`);
    await expect.poll(() => logged, RECOVERY).toMatch(/WRONGPASS/);
    await wrong.close();

    const right = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(right), RECOVERY).toBe('PONG');
    await server.stop();
    await expect.poll(() => logged, RECOVERY).toMatch(/ECONNREFUSED/);
    await right.close();
    expect(logged).toContain(`127.0.0.1:${server.port}`);
    expect(logged).not.toMatch(/wrong-battery|correct-horse/);
  });

  it('says why a host with several addresses cannot be reached', async () => {
    await server.stop();
    const redis = connect(`redis://localhost:${server.port}`);
    await expect.poll(() => logged, RECOVERY).toMatch(/Redis connection failed .*"error":".*ECONNREFUSED/);
    await redis.close();
  });

  it('keeps the arguments of a command out of the error it fails with', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(redis), RECOVERY).toBe('PONG');
    const error = await redis
      .run((client) => client.incr('text', 'secret' as never))
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('command');
    await redis.close();
  });

  it('ends a command at its time limit, also one that is stuck behind another', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(redis), RECOVERY).toBe('PONG');
    server.freeze();
    const first = redis.run((client) => client.get('a')).catch(String);
    await delay(600);
    const start = performance.now();
    expect(await redis.run((client) => client.get('b')).catch(String)).toMatch(
      /did not answer within 1000 ms/,
    );
    // Were it counted from when the first one ends, it would take 1,400 ms.
    expect(performance.now() - start).toBeLessThan(1_250);
    expect(await first).toMatch(/did not answer|timed out/);
    await redis.close();
  });

  it('leaves no socket behind when it is closed', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(redis), RECOVERY).toBe('PONG');
    const observer = new Redis({ port: server.port, password: PASSWORD });
    const connections = async () =>
      String(await observer.client('LIST'))
        .trim()
        .split('\n').length;
    expect(await connections()).toBe(2);
    await redis.close();
    await expect.poll(connections, RECOVERY).toBe(1);
    await expect(ping(redis)).resolves.toMatch(/closed/);
    observer.disconnect();
  });

  it('leaves no socket behind when it is closed while Redis is frozen', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await expect.poll(() => ping(redis), RECOVERY).toBe('PONG');
    server.freeze();
    await redis.close();
    await expect.poll(openSockets, RECOVERY).toBe(0);
  });

  it('does not reconnect once it is closed while Redis is away', async () => {
    const redis = connect(`redis://default:${PASSWORD}@127.0.0.1:${server.port}`);
    await server.stop();
    await expect.poll(() => logged, RECOVERY).toMatch(/ECONNREFUSED/);
    await redis.close();
    await redis.close();
    await server.restart();
    await expect.poll(openSockets, RECOVERY).toBe(0);
    await expect(ping(redis)).resolves.not.toBe('PONG');
  });
});

function connect(url: string): RedisConnection {
  const log = {
    warn: (fields: Record<string, unknown>, message: string) => {
      logged += `${message} ${JSON.stringify(fields)}\n`;
    },
  };
  const config = { urls: [url], cluster: false, commandTimeoutMs: TIME_LIMIT_MS, keyPrefix: 'sluice' };
  return createRedisConnection({ config, now: Date.now, log });
}

function ping(redis: RedisConnection): Promise<string> {
  return redis.run((client) => client.ping()).catch(String);
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;
}
