import { decrypt, encryptionKeyName, parseEncryptionKey } from './encryption.ts';
import type { ReadFile } from './environment.ts';
import { type Fault, faultAt, formatPath, type Path, reasonOf } from './faults.ts';
import { betraysSecret } from './secrets.ts';

export interface Interpolated {
  values: unknown;
  /** By formatted path: the texts as they stood in the file, for faults to quote instead of what came in. */
  written: ReadonlyMap<string, string>;
  /** What was decrypted, wherever it went. */
  secrets: readonly string[];
  faults: readonly Fault[];
}

interface Sources {
  variables: Readonly<Record<string, string>>;
  readFile: ReadFile;
}

/**
 * Replaces `${NAME}`, `${NAME:-default}`, `${file:/path}` and `${encrypted:text}` in every text among the values; `$${`
 * stands for a plain `${`. An empty variable counts as missing. Keys are left alone.
 */
export function interpolate(values: unknown, sources: Sources): Interpolated {
  const written = new Map<string, string>();
  const secrets: string[] = [];
  const faults: Fault[] = [];
  return { values: visit(values, []), written, secrets, faults };

  function visit(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return value.includes('${') ? replace(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]));
  }

  function replace(text: string, path: Path): string | undefined {
    written.set(formatPath(path), text.replaceAll(/(:-|\{encrypted:)[^}]*\}/g, '$1…}'));
    const problems: string[] = [];
    const result = text.replaceAll(placeholder, (whole, expression: string | undefined) => {
      if (whole === '$${') return '${';
      const resolved = resolve(expression ?? '', sources);
      if (resolved.text === undefined) problems.push(resolved.problem);
      else if (resolved.secret) secrets.push(resolved.text);
      return resolved.text ?? '';
    });
    faults.push(...problems.map((problem) => faultAt(path, problem)));
    return problems.length === 0 ? result : undefined;
  }
}

const placeholder = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

type Resolved = { text: string; secret?: true } | { text: undefined; problem: string };

function resolve(expression: string, { variables, readFile }: Sources): Resolved {
  if (expression.startsWith('file:')) return resolveFile(expression.slice('file:'.length), readFile);
  if (expression.startsWith('encrypted:'))
    return resolveEncrypted(expression.slice('encrypted:'.length), variables[encryptionKeyName]);

  const [, name, fallback] = variable.exec(expression) ?? [];
  if (name === undefined || betraysSecret(name)) {
    const problem = `has a "\${" that opens none of \${NAME}, \${NAME:-default}, \${file:/path} and \${encrypted:text}; write "$\${" for the text itself.`;
    return { text: undefined, problem };
  }
  const text = Object.hasOwn(variables, name) ? variables[name] : fallback;
  if (text !== undefined) return { text };
  const problem = `needs the environment variable ${name}, which is not set or empty; set it, or give a default as in \${${name}:-default}.`;
  return { text: undefined, problem };
}

/** Secrets are mounted as files, and editors end a file with a newline that is no part of the secret. */
function resolveFile(path: string, readFile: ReadFile): Resolved {
  const shown = betraysSecret(path) ? '…' : path;
  try {
    const text = readFile(path).replace(/\r?\n$/, '');
    if (text !== '') return { text };
    return {
      text: undefined,
      problem: `needs the file "${shown}", which is empty; write the value into it.`,
    };
  } catch (error) {
    const problem = `needs the file "${shown}", which cannot be read (${reasonOf(error)}); mount it or correct the path.`;
    return { text: undefined, problem };
  }
}

function resolveEncrypted(text: string, keyText: string | undefined): Resolved {
  if (keyText === undefined) {
    const problem = `is encrypted and needs the environment variable ${encryptionKeyName}, which is not set or empty; set it to the key that encrypted it.`;
    return { text: undefined, problem };
  }
  const key = parseEncryptionKey(keyText);
  if (!('value' in key)) {
    return { text: undefined, problem: `is encrypted, and ${encryptionKeyName} holds no key to open it.` };
  }
  const secret = decrypt(text, key.value);
  if (secret !== undefined) return { text: secret, secret: true };
  const problem = `cannot be decrypted: ${encryptionKeyName} is another key than it was encrypted with, or the text is damaged; encrypt it anew with \`npm run encrypt\`.`;
  return { text: undefined, problem };
}
