import { text } from 'node:stream/consumers';
import { encrypt, encryptionKeyName, parseEncryptionKey } from '../config/encryption.ts';
import { readEnvironment } from '../config/environment.ts';

// Encrypts a secret for the configuration: `npm run encrypt < secret.txt`.

try {
  process.stdout.write(await answer(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function answer(args: string[]): Promise<string> {
  if (args.length > 0)
    throw new Error(
      'There are no arguments: they show in the list of processes. The secret is read from standard input, as in "npm run encrypt < secret.txt".',
    );
  const key = encryptionKey();
  if (process.stdin.isTTY)
    process.stderr.write('Type or paste the secret, then Enter and Ctrl+D. It will show on the screen.\n');
  // As in a mounted file, a newline at the end is the editor's.
  const secret = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (secret === '') throw new Error('Standard input is empty: it is where the secret is read from.');
  return `"\${encrypted:${encrypt(secret, key)}}"\n`;
}

function encryptionKey(): Buffer {
  const said = readEnvironment().variables[encryptionKeyName];
  const parsed = parseEncryptionKey(said);
  if ('value' in parsed) return parsed.value;
  throw new Error(
    `${encryptionKeyName} ${said ? 'has a value that is not shown here' : 'is not set'}: ${parsed.remedy}`,
  );
}
