import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { stringify } from 'yaml';

const main = join(import.meta.dirname, '../../src/main.ts');

/** The gateway as it is run: a process of its own, which ends with the test at the latest. */
export interface GatewayProcess extends AsyncDisposable {
  readonly pid: number;
  /** Waits until it serves: `host:port`. */
  address(): Promise<string>;
  /** Where its metrics are, once it serves. */
  metricsUrl(): string;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Has its configuration file say something else. */
  write(file: Record<string, unknown>): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

/** Ports that nobody else has. */
export const freePorts = { address: '127.0.0.1:0', metricsAddress: '127.0.0.1:0' };

/** Starts it by a configuration file's content, with no environment but what is given, and with flags for Node. */
export async function startGatewayProcess(
  file: Record<string, unknown>,
  environment: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-process-'));
  const write = (file: Record<string, unknown>) => writeFile(join(folder, 'sluice.yaml'), stringify(file));
  await write(file);
  const { PATH = '' } = process.env;
  const env = { PATH, SLUICE_CONFIG: join(folder, 'sluice.yaml'), ...environment };
  const child = spawn(process.execPath, [...flags, main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });

  return {
    pid: child.pid ?? 0,
    async address() {
      await vi.waitFor(() => expect(stderr).toContain('Sluice listens on'), { timeout: 60_000 });
      return /listens on (\S+)/.exec(stderr)?.[1] ?? '';
    },
    metricsUrl: () => /metrics +(http\S+)/.exec(stderr)?.[1] ?? '',
    stdout: () => stdout,
    stderr: () => stderr,
    write,
    kill: (signal) => void child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
