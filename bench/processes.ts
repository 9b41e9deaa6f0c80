import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A process of the benchmark. */
export interface Child {
  /** `host:port` where it serves; empty where it does not. */
  readonly address: string;
  /** Rejects when the process ends. */
  readonly gone: Promise<never>;
  /** The CPU time that all its threads used so far, in microseconds. */
  cpuUs(): Promise<number>;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): Disposable;
}

export interface ChildOptions {
  args?: readonly string[];
  env?: Record<string, string>;
  core: Core;
}

/** What is measured has a core of its own; everything else shares the other. */
export type Core = 'measured' | 'other';

const START_TIMEOUT_MS = 20_000;

/** Starts processes, and ends each of them, by its id, when the benchmark ends, however it ends. */
export interface Processes extends Disposable {
  /** Starts a file of ours, given relative to this folder, and waits until it serves. */
  start(file: string, options: ChildOptions): Promise<Child>;
  /** Binds a process to a core, where the system can. */
  pin(pid: number, core: Core): void;
  readonly pinned: boolean;
}

export function createProcesses(): Processes {
  const children = new Set<ChildProcess>();
  const pinned = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
  let closed = false;
  const killAll = () => {
    closed = true;
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', killAll);

  return {
    pinned,
    pin,
    async start(file, { args = [], env = {}, core }) {
      if (closed) throw new Error('the benchmark is over');
      const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
        env,
        execArgv: ['--import', new URL('attached.ts', import.meta.url).href],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      const said = lastWords(child);
      const address = await addressOf(child, said);
      if (child.pid !== undefined) pin(child.pid, core);
      return asChild(child, address, said);
    },
    [Symbol.dispose]() {
      killAll();
      process.off('exit', killAll);
    },
  };

  function pin(pid: number, core: Core): void {
    if (!pinned) return;
    spawnSync('taskset', [
      '--all-tasks',
      '--cpu-list',
      '--pid',
      core === 'measured' ? '0' : '1',
      String(pid),
    ]);
  }
}

/** Keeps the last words of a process, for when it fails. */
function lastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4_000);
  });
  return () => words;
}

/** Waits for the message of one of ours, or for the gateway's welcome. */
function addressOf(child: ChildProcess, said: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('said nothing'), START_TIMEOUT_MS);
    child.stderr?.on('data', () => {
      const [, address] = /listens on (\S+)/.exec(said()) ?? [];
      if (address) done(address);
    });
    child.on('message', (message: { ready?: { port?: number } }) => {
      if (message.ready) done(message.ready.port === undefined ? '' : `127.0.0.1:${message.ready.port}`);
    });
    child.once('exit', () => fail('ended before it served'));

    function done(address: string): void {
      clearTimeout(timer);
      resolve(address);
    }

    function fail(how: string): void {
      clearTimeout(timer);
      reject(new Error(`${child.spawnargs.at(-1)} ${how}\n${said()}`));
    }
  });
}

function asChild(child: ChildProcess, address: string, said: () => string): Child {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  child.once('exit', () => reject(new Error(`a process ended too early\n${said()}`)));
  // Heard by those who wait for the process; at the end nobody does.
  gone.catch(() => {});

  return { address, gone, onMessage, cpuUs, send: (message) => void child.send(message) };

  function onMessage(listener: (message: unknown) => void): Disposable {
    child.on('message', listener);
    return { [Symbol.dispose]: () => child.off('message', listener) };
  }

  async function cpuUs(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    using _ = onMessage((message) => {
      const { cpuUs } = message as { cpuUs?: number };
      if (cpuUs !== undefined) resolve(cpuUs);
    });
    child.send('cpu');
    return await Promise.race([promise, gone]);
  }
}
