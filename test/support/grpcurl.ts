import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const version = 'v1.9.4';

/** What a command-line tool printed, and how it ended. */
export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Tool = (...args: string[]) => Promise<ToolResult>;

/**
 * Finds the real grpcurl, built once per machine with Go's own tool. Undefined, after a printed line that says why,
 * where that cannot be done.
 */
export async function findGrpcurl(): Promise<Tool | undefined> {
  const file = await grpcurlFile();
  return file === undefined ? undefined : tool(file);
}

/** The path of {@link findGrpcurl}'s grpcurl. */
export async function grpcurlFile(): Promise<string | undefined> {
  const folder = join(tmpdir(), 'sluice-tools');
  const grpcurl = join(folder, `grpcurl-${version}`);
  if (await exists(grpcurl)) return grpcurl;
  const go = await findGo();
  if (go === undefined) return without('Go is not installed');
  try {
    await build(go, folder, grpcurl);
    return grpcurl;
  } catch (error) {
    return without(`building it failed: ${error instanceof Error ? error.message.trim() : error}`);
  }
}

/** The stand-in that npm brings along. */
export const buf: Tool = tool('buf');

async function build(go: string, folder: string, target: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // In a folder of its own first: another run may be building at the same time.
  const bin = await mkdtemp(join(folder, 'build-'));
  try {
    const module = `github.com/fullstorydev/grpcurl/cmd/grpcurl@${version}`;
    await run(go, ['install', module], { cwd: bin, env: { ...process.env, GOBIN: bin }, timeout: 240_000 });
    await rename(join(bin, 'grpcurl'), target);
  } finally {
    await rm(bin, { recursive: true, force: true });
  }
}

async function findGo(): Promise<string | undefined> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    const found = await run(go, ['version']).then(
      () => true,
      () => false,
    );
    if (found) return go;
  }
  return undefined;
}

function without(why: string): undefined {
  process.stderr.write(`Tests go on without grpcurl, with buf curl alone: ${why}.\n`);
}

function tool(file: string): Tool {
  return async (...args) => {
    try {
      return { exitCode: 0, ...(await run(file, args, { timeout: 30_000 })) };
    } catch (error) {
      if (!isExit(error)) throw error;
      return { exitCode: error.code, stdout: error.stdout, stderr: error.stderr };
    }
  };
}

function isExit(error: unknown): error is Error & { code: number; stdout: string; stderr: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
