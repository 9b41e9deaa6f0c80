import { parseArgs } from 'node:util';
import { createKey, digestOf, parseKeyName } from '../config/caller-key.ts';

// A new key for a caller: `npm run key -- --name checkout`. It is printed, and kept nowhere.

const usage = `npm run key -- --name NAME

Prints a new key, once, and the entry for the configuration that lets its holder in.`;

try {
  process.stdout.write(answer(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}\n`);
  process.exitCode = 1;
}

function answer(args: string[]): string {
  const options = { name: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
  const { help, name } = parseArgs({ args, options }).values;
  if (help) return `${usage}\n`;
  // npm keeps what stands before its `--` for itself.
  if (name === undefined) throw new Error('--name is missing: say whose key it is, behind "--".');
  const parsed = parseKeyName(name);
  if ('remedy' in parsed) throw new Error(`--name is ${JSON.stringify(name)}: ${parsed.remedy}`);

  const key = createKey();
  return `The key. This is the only time that it is shown; its holder sends it as "authorization: Bearer KEY":

  ${key}

For the configuration, which holds no more of it than a digest:

keys:
  - name: ${JSON.stringify(parsed.value)}
    sha256: "${digestOf(key)}"
`;
}
