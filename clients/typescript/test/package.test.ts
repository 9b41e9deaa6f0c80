import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const nodeModules = join(repository, 'node_modules');
const bin = (name: string): string => join(nodeModules, '.bin', name);

describe('the package', () => {
  let folder: string;
  let workspace: string;
  let tarball: string;
  let project: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-client-'));
    workspace = await copyWorkspace(join(folder, 'repository'));
    tarball = await pack(workspace, folder);
    project = await installInto(join(folder, 'project'), tarball);
  });

  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('holds what it should and nothing else', async () => {
    const installed = join(project, 'node_modules/@sluice/client');
    const contents = await readdir(installed, { recursive: true });

    expect(await readdir(installed)).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json', 'proto', 'src']),
    );
    expect(contents).toContain('proto/sluice/v1/completion_service.proto');
    expect(contents).toContain('dist/testing/index.d.ts');
    expect(contents.filter((name) => /test\.|\.key$|tsconfig/.test(name))).toEqual([]);
  });

  it('is found faultless by publint', async () => {
    const { stdout } = await run(bin('publint'), ['--strict', workspace]);

    expect(stdout).toContain('All good!');
  });

  it('resolves with its types wherever ES modules are understood', async () => {
    await expect(run(bin('attw'), [tarball, '--profile', 'esm-only'])).resolves.toBeDefined();
  });

  it('type-checks strictly and runs in a project outside the repository', async () => {
    await cp(join(repository, 'clients/typescript/test/sample.ts'), join(project, 'sample.ts'));

    await typeCheck(project, 'sample.ts', '--outDir', 'out');
    const { stdout } = await run(process.execPath, ['out/sample.js'], { cwd: project });

    expect(stdout).toBe('Good morning.\nGood morning.\nINVALID_REQUEST prompt\n2\n');
  });

  it('is loaded by CommonJS programs too', async () => {
    const program =
      "const { createClient } = require('@sluice/client'); createClient({ address: 'a:1' }).close()";

    await expect(run(process.execPath, ['-e', program], { cwd: project })).resolves.toBeDefined();
  });

  it('is used in its README in ways that compile', async () => {
    const readme = await readFile(join(workspace, 'README.md'), 'utf8');
    const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, snippet = '']) =>
      withClient(snippet),
    );
    const names = snippets.map((_, index) => `snippet-${index}.ts`);
    await Promise.all(
      snippets.map((snippet, index) => writeFile(join(project, `snippet-${index}.ts`), snippet)),
    );

    expect(names.length).toBeGreaterThan(7);
    await typeCheck(project, ...names, '--noEmit');
  });
});

/** Copies what packing needs, so that neither `dist` nor anything else in the repository is touched. */
async function copyWorkspace(target: string): Promise<string> {
  const isSource = (path: string) => !['node_modules', 'dist', 'test'].includes(basename(path));
  for (const path of ['clients/typescript', 'proto', 'tsconfig.json']) {
    await cp(join(repository, path), join(target, path), { recursive: true, filter: isSource });
  }
  await symlink(nodeModules, join(target, 'node_modules'));
  return join(target, 'clients/typescript');
}

async function pack(workspace: string, target: string): Promise<string> {
  await run('npm', ['pack', '--offline', '--pack-destination', target], { cwd: workspace });
  const tarball = (await readdir(target)).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm pack left no tarball in ${target}`);
  return join(target, tarball);
}

/** Does by hand what `npm install` would do, which wants a registry. OpenTelemetry is left out on purpose. */
async function installInto(project: string, tarball: string): Promise<string> {
  const target = join(project, 'node_modules/@sluice/client');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  const { dependencies } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    await mkdir(join(project, 'node_modules', name, '..'), { recursive: true });
    await symlink(join(nodeModules, name), join(project, 'node_modules', name));
  }
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  return project;
}

async function typeCheck(project: string, ...args: string[]): Promise<void> {
  const options = ['--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022'];
  const libraries = ['--lib', 'es2024,esnext.disposable', '--types', 'node'];
  await run(bin('tsc'), [...options, ...libraries, ...args], { cwd: project }).catch(({ stdout }) => {
    throw new Error(`tsc complains:\n${stdout}`);
  });
}

/** Most snippets go on with the client of the first one. */
function withClient(snippet: string): string {
  if (/\bclient = /.test(snippet)) return snippet;
  return `declare const client: import('@sluice/client').SluiceClient;\n${snippet}\nexport {};`;
}
