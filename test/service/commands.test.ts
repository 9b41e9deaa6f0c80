import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createClient } from '@sluice/client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startGateway } from '../support/gateway.ts';
import { startHttpServer } from '../support/http-server.ts';

// The commands as they are run, and what they print as it is pasted.

const root = join(import.meta.dirname, '../..');
const encryptionKey = 'ab'.repeat(32);

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function run(
  line: string,
  { input = '', variables = {} }: { input?: string; variables?: Record<string, string> } = {},
): Promise<Result> {
  const [file = '', ...args] = line.split(' ');
  const { PATH = '' } = process.env;
  const child = spawn(file === 'node' ? process.execPath : file, args, {
    cwd: root,
    env: { PATH, ...variables },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {
    // One that refuses has not read it.
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('npm run key', () => {
  it('prints a key, and the entry that lets its holder in', async () => {
    const { code, stdout } = await run('npm run --silent key -- --name checkout');
    expect(code).toBe(0);
    const key = /^ +(sluice_[\w-]{43})$/m.exec(stdout)?.[1] ?? '';
    const pasted = parse(stdout.slice(stdout.indexOf('keys:')));
    expect(pasted).toEqual({ keys: [{ name: 'checkout', sha256: hash('sha256', key) }] });
    expect(stdout.split(key)).toHaveLength(2);

    await using gateway = await startGateway(pasted);
    await using client = createClient({ address: gateway.address, apiKey: key, maxAttempts: 1 });
    await expect(client.complete({ model: 'demo', prompt: 'hello' })).resolves.toBeDefined();
    await expect(gateway.client.complete({ model: 'demo', prompt: 'hello' })).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
    });
  });

  it('never prints the same key twice', async () => {
    const printed = await Promise.all([1, 2].map(() => run('node src/commands/key.ts --name true')));
    const [one, other] = printed.map(({ stdout }) => /sluice_[\w-]+/.exec(stdout)?.[0]);
    expect(one).not.toBe(other);
    // A name that YAML would take for something else.
    expect(printed[0]?.stdout).toContain('name: "true"');
  });

  it.each([
    ['', '--name is missing: say whose key it is, behind "--".'],
    ['--name', "Option '--name <value>' argument missing"],
    ['--name a/b', '--name is "a/b": expected a word of up to 64 letters, digits, ".", "_" and "-".'],
    [
      '--name anonymous',
      '--name is "anonymous": that is what callers without a key are called; use another.',
    ],
    ['--nam a', "Unknown option '--nam'"],
    ['checkout', "Unexpected argument 'checkout'"],
  ])('refuses "%s" with a sentence, and says how it is used', async (args, sentence) => {
    const { code, stdout, stderr } = await run(`node src/commands/key.ts ${args}`.trim());
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.startsWith(sentence)).toBe(true);
    expect(stderr).toContain('npm run key -- --name NAME');
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('helps', async () => {
    const { code, stdout } = await run('node src/commands/key.ts --help');
    expect(code).toBe(0);
    expect(stdout).toContain('npm run key -- --name NAME');
  });
});

describe('npm run encrypt', () => {
  const variables = { SLUICE_ENCRYPTION_KEY: encryptionKey };

  it('prints what stands for the secret in the configuration', async () => {
    const secret = 'canary-7f3a9c51d2e84b60';
    const { code, stdout, stderr } = await run('npm run --silent encrypt', {
      input: `${secret}\n`,
      variables,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^"\$\{encrypted:[\w+/=]+\}"\n$/);

    await using server = await startHttpServer((_, response) => {
      response.writeHead(401).end(JSON.stringify({ error: { message: `${secret} is wrong` } }));
    });
    const provider = { kind: 'openai', apiKey: parse(stdout), baseUrl: server.url };
    await using gateway = await startGateway({ providers: { p: provider } }, { variables });
    const error = await gateway.client.complete({ model: 'p/gpt-5', prompt: 'hello' }).catch((e) => e);
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${secret}`);
    expect(error.message + gateway.log.join('')).not.toContain(secret);
  });

  it.each([
    ['arguments, which it does not show', 'secret-of-mine', { variables }, 'There are no arguments'],
    ['no key', '', { input: 'x' }, 'SLUICE_ENCRYPTION_KEY is not set: expected 32 bytes'],
    [
      'a key of another length, which it does not show',
      '',
      { input: 'x', variables: { SLUICE_ENCRYPTION_KEY: 'secret-of-mine' } },
      'SLUICE_ENCRYPTION_KEY has a value that is not shown here: expected 32 bytes',
    ],
    ['an empty secret', '', { input: '\n', variables }, 'Standard input is empty'],
  ])('refuses %s', async (_, args, options, sentence) => {
    const { code, stdout, stderr } = await run(`node src/commands/encrypt.ts ${args}`.trim(), options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/secret-of-mine|^ +at /m);
  });
});
