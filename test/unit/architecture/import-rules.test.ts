import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

// The rules of docs/architecture.md, asserted on the import graph of src/.

const root = join(import.meta.dirname, '../../../src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const handWritten = files.filter((file) => !file.startsWith('gen/'));
const imports = new Map(handWritten.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const patterns = [/(?:^|\n)(?:import|export)\b[^;]*?from '([^']+)'/g, /\bimport\('([^']+)'\)/g];
  const specifiers = patterns.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, name = '']) => name),
  );
  return specifiers.map((name) =>
    name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name,
  );
}

/** What a folder may import of ours: folders (with their slash), or single files. Itself is always allowed. */
const allowed: Record<string, readonly string[]> = {
  'collector.ts': [],
  'main.ts': ['collector.ts', 'service.ts', 'config/', 'completion/error.ts', 'telemetry/redact.ts'],
  'service.ts': [
    'completion/',
    'config/',
    'engine/',
    'grpc/',
    'policy/',
    'routing/',
    'storage/',
    'telemetry/',
  ],
  'engine/': [
    'catalogue/',
    'completion/',
    'config/',
    'content/',
    'gen/',
    'policy/',
    'providers/',
    'routing/',
  ],
  'commands/': ['config/'],
  'config/': [],
  'catalogue/': ['gen/', 'config/config.ts', 'completion/ports/', 'completion/by-model.ts'],
  'completion/': ['gen/', 'config/config.ts'],
  'content/': ['gen/', 'config/config.ts', 'completion/'],
  'policy/': ['gen/', 'config/config.ts', 'completion/'],
  'routing/': ['gen/', 'config/config.ts', 'completion/'],
  'providers/': ['gen/', 'config/config.ts', 'completion/', 'telemetry/'],
  'storage/': ['gen/', 'config/config.ts', 'completion/', 'telemetry/'],
  'telemetry/': ['gen/', 'config/config.ts', 'completion/', 'grpc/rpc-telemetry.ts'],
  'grpc/': ['gen/', 'config/config.ts', 'completion/', 'policy/', 'routing/'],
};

const folderOf = (file: string) => (file.includes('/') ? `${file.slice(0, file.indexOf('/'))}/` : file);

describe('the import rules', () => {
  it('hold for every file', () => {
    const violations = [...imports].flatMap(([file, names]) => {
      const own = folderOf(file);
      const mayImport = [own, ...(allowed[own] ?? [])];
      return names
        .filter((name) => files.includes(name))
        .filter(
          (name) =>
            !mayImport.some((prefix) => (prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix)),
        )
        .map((name) => `${file} imports ${name}`);
    });
    expect(violations).toEqual([]);
    expect(Object.keys(allowed).sort()).toEqual([...new Set(handWritten.map(folderOf))].sort());
  });

  it('keep vendors apart: an adapter knows itself and what is shared', () => {
    // `openai-api` is spoken by more than OpenAI.
    const SHARED = ['shared', 'openai-api'];
    const vendorOf = (file: string) => /^providers\/([^/]+)\//.exec(file)?.[1];
    const violations = [...imports].flatMap(([file, names]) =>
      names
        .filter(
          (name) =>
            vendorOf(file) &&
            vendorOf(name) &&
            !SHARED.includes(vendorOf(name) ?? '') &&
            vendorOf(name) !== vendorOf(file),
        )
        .map((name) => `${file} imports ${name}`),
    );
    expect(violations).toEqual([]);
  });

  it('let nothing import the registry but the composition root', () => {
    const importers = [...imports]
      .filter(([, names]) => names.includes('providers/registry.ts'))
      .map(([file]) => file);
    expect(importers).toEqual(['engine/upstreams.ts']);
  });

  it.each<[string, RegExp]>([
    ['opossum', /^routing\/breaker\.ts$/],
    ['ioredis', /^storage\/redis\//],
    ['@grpc/grpc-js', /^grpc\//],
    ['openai', /^providers\/(openai-api|openai|azure-openai|openai-compatible|huggingface)\//],
    ['@anthropic-ai/sdk', /^providers\/anthropic\//],
    ['@google/generative-ai', /^providers\/google\//],
    ['cohere-ai', /^providers\/cohere\//],
    ['@aws-sdk/client-bedrock-runtime', /^providers\/bedrock\//],
    ['@huggingface/inference', /^providers\/huggingface\//],
    ['@azure/identity', /^providers\/azure-openai\//],
    ['@pydantic/genai-prices', /^catalogue\//],
    ['gpt-tokenizer', /^providers\/openai-api\//],
    ['undici', /^providers\/shared\//],
    ['zod', /^config\//],
    ['pino', /^telemetry\//],
    ['ajv', /^content\/form\/schemas\.ts$/],
    ['libphonenumber-js', /^content\/redaction\/find-phones\.ts$/],
    ['ibantools', /^content\/redaction\/find-ibans\.ts$/],
  ])('keep %s where it belongs', (library, home) => {
    const importers = [...imports].filter(([, names]) =>
      names.some((name) => name === library || name.startsWith(`${library}/`)),
    );
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.map(([file]) => file).filter((file) => !home.test(file))).toEqual([]);
  });

  it('let one file read the environment', () => {
    const readers = handWritten.filter((file) =>
      readFileSync(join(root, file), 'utf8').includes('process.env'),
    );
    expect(readers).toEqual(['config/environment.ts']);
  });

  it('allow no cycles', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file))
        return void cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file)) return;
      for (const name of imports.get(file) ?? []) if (imports.has(name)) visit(name, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
