import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const LOG = new URL('../../../src/telemetry/log.ts', import.meta.url).href;

describe('standard output', () => {
  it('has every line once it is flushed, even if the process is killed right then', async () => {
    const out = await run(`
      for (let i = 0; i < 1_000; i++) sink.write('line ' + i + '\\n');
      await sink.flush();
      process.kill(process.pid, 'SIGKILL');`);

    expect(out.split('\n').at(-2)).toBe('line 999');
  });

  it('has every line when the process ends by itself', async () => {
    expect(await run(`sink.write('the only line\\n');`)).toBe('the only line\n');
  });

  it('need not be written to before it is flushed', async () => {
    expect(await run(`await sink.flush(); sink.write('after\\n');`)).toBe('after\n');
  });
});

/** Runs a program that has a `sink`, in a process of its own; resolves with what it wrote, however it ended. */
function run(program: string): Promise<string> {
  const code = `import { openStandardOutput } from ${JSON.stringify(LOG)}; const sink = openStandardOutput(); ${program}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', code], { timeout: 15_000 }, (_, stdout) =>
      resolve(stdout),
    );
  });
}
