import type { ReadFile } from './environment.ts';
import { type Fault, faultAt, formatPath, type Path, reasonOf } from './faults.ts';
import { betraysSecret } from './secrets.ts';

export interface Interpolated {
  values: unknown;
  /** By formatted path: the texts as they stood in the file, for faults to quote instead of what came in. */
  written: ReadonlyMap<string, string>;
  faults: readonly Fault[];
}

interface Sources {
  variables: Readonly<Record<string, string>>;
  readFile: ReadFile;
}

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:/path}` in every text among the values; `$${` stands for a
 * plain `${`. An empty variable counts as missing. Keys are left alone.
 */
export function interpolate(values: unknown, sources: Sources): Interpolated {
  const written = new Map<string, string>();
  const faults: Fault[] = [];
  return { values: visit(values, []), written, faults };

  function visit(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return value.includes('${') ? replace(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]));
  }

  function replace(text: string, path: Path): string | undefined {
    written.set(formatPath(path), text.replaceAll(/:-[^}]*\}/g, ':-…}'));
    const problems: string[] = [];
    const result = text.replaceAll(placeholder, (whole, expression: string | undefined) => {
      if (whole === '$${') return '${';
      const resolved = resolve(expression ?? '', sources);
      if (resolved.text === undefined) problems.push(resolved.problem);
      return resolved.text ?? '';
    });
    faults.push(...problems.map((problem) => faultAt(path, problem)));
    return problems.length === 0 ? result : undefined;
  }
}

const placeholder = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

type Resolved = { text: string } | { text: undefined; problem: string };

function resolve(expression: string, { variables, readFile }: Sources): Resolved {
  if (expression.startsWith('file:')) return resolveFile(expression.slice('file:'.length), readFile);

  const [, name, fallback] = variable.exec(expression) ?? [];
  if (name === undefined || betraysSecret(name)) {
    const problem = `has a "\${" that opens none of \${NAME}, \${NAME:-default} and \${file:/path}; write "$\${" for the text itself.`;
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
