import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import installRedis from './install-redis.ts';

const START_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 1_000;

/** A real Redis server of the test's own, on its own port, that keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; a restart changes it. */
  readonly pid: number;
  /** Ends the process, also a frozen one. Its port then refuses connections. */
  stop(): Promise<void>;
  /** Starts it anew on the same port, empty. */
  restart(): Promise<void>;
  /** Halts the process: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a Redis server and waits until it answers. `args` are further command-line options. */
export async function startRedis({ args = [] }: { args?: readonly string[] } = {}): Promise<RedisServer> {
  await installRedis();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
  const port = await freePort();
  let server = await launch(port, directory, args);

  async function stop(): Promise<void> {
    await end(server);
    await rm(directory, { recursive: true, force: true });
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid as number;
    },
    stop,
    async restart() {
      await end(server);
      server = await launch(port, directory, args);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(port: number, directory: string, args: readonly string[]): Promise<ChildProcess> {
  await mkdir(directory, { recursive: true });
  const options = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const server = spawn('redis-server', [...options, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  server.stdout.on('data', (chunk) => {
    output = (output + chunk).slice(-4_000);
  });
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  server.once('exit', () => process.off('exit', kill));

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await end(server);
      throw new Error(`redis-server did not start on port ${port}:\n${output}`);
    }
    await delay(10);
  }
  return server;
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = await once(socket, 'data', { signal: AbortSignal.timeout(PING_TIMEOUT_MS) });
    return /^(\+PONG|-NOAUTH)/.test(String(reply));
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
