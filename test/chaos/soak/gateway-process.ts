import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import type { Sample } from './sample.ts';

/** The gateway as it is run, in a process of its own. */
export interface GatewayProcess extends AsyncDisposable {
  readonly address: string;
  readonly metricsUrl: string;
  /** Counts what lives in it. */
  sample(): Promise<Sample>;
  /** Ends it as an operator would; resolves to its exit code, or the signal that ended it, once all of its log was read. */
  stop(): Promise<number | NodeJS.Signals>;
}

const START_TIMEOUT_MS = 30_000;

const main = join(import.meta.dirname, '../../../src/main.ts');

/** Starts it with a configuration file's content, on free ports. `onLine` is told each line of its log. */
export async function startGatewayProcess(
  file: Record<string, unknown>,
  onLine: (line: string) => void,
): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-soak-'));
  const server = { address: '127.0.0.1:0', metricsAddress: '127.0.0.1:0', ...(file['server'] as object) };
  await writeFile(join(folder, 'sluice.yaml'), stringify({ ...file, server }));
  const child = fork(main, [], {
    env: { PATH: process.env['PATH'], SLUICE_CONFIG: join(folder, 'sluice.yaml') },
    execArgv: ['--expose-gc', '--import', new URL('preload.ts', import.meta.url).href],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-4_000);
  });
  const exited = once(child, 'exit').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  const ended = exited.then((how): never => {
    throw new Error(`The gateway ended too early, with ${how}.\n${lastWords}`);
  });
  // Heard by those who wait for the process; at the end nobody does.
  ended.catch(() => {});

  const serving = Promise.withResolvers<{ address: string; metricsAddress: string }>();
  if (!child.stdout) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const allRead = once(lines, 'close');
  lines.on('line', (line) => {
    if (line.includes('"msg":"serving"')) serving.resolve(JSON.parse(line));
    onLine(line);
  });
  const { address, metricsAddress } = await Promise.race([
    serving.promise,
    ended,
    failAfter(START_TIMEOUT_MS),
  ]);

  return {
    address,
    metricsUrl: `http://${metricsAddress}/metrics`,
    async sample() {
      const { promise, resolve } = Promise.withResolvers<Sample>();
      child.once('message', (message: { sample: Sample }) => resolve(message.sample));
      // A process that is gone is heard of below.
      if (child.connected) child.send('sample');
      return await Promise.race([promise, ended]);
    },
    stop,
    async [Symbol.asyncDispose]() {
      kill();
      await exited;
      process.off('exit', kill);
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function stop(): Promise<number | NodeJS.Signals> {
    child.kill('SIGTERM');
    const code = await exited;
    await allRead;
    return code;
  }
}

async function failAfter(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => reject(new Error(`The gateway did not serve within ${ms} ms.`)), ms).unref();
  return await promise;
}
