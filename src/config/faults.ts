import { betraysSecret } from './secrets.ts';

/** Something in the configuration that has to be put right before Sluice starts. */
export interface Fault {
  /** Where: `providers.openai.apiKey`, the name of an environment variable, or line and column. */
  path: string;
  /** One sentence: the path, what is there (never a secret), and the remedy. */
  message: string;
}

/** A configuration that cannot be used. Names every fault, one per line, and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(file: string | undefined, faults: readonly Fault[], options?: ErrorOptions) {
    const subject = file === undefined ? 'The configuration' : `The configuration file ${file}`;
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    super([`${subject} has ${count}:`, ...faults.map(({ message }) => `  ${message}`)].join('\n'), options);
    this.faults = faults;
  }
}

/** Keys and indices from the top of the file down to a value. */
export type Path = readonly PropertyKey[];

/** Says something about the value at a path. */
export function faultAt(path: Path, predicate: string): Fault {
  const place = formatPath(path);
  return { path: place, message: `${place || 'The file'} ${predicate}` };
}

/** Writes a path as people do: `models["gpt-4.1"].targets[0].provider`. */
export function formatPath(path: Path): string {
  return path.map((segment, index) => formatSegment(segment, index === 0)).join('');
}

function formatSegment(segment: PropertyKey, first: boolean): string {
  if (typeof segment === 'number') return `[${segment}]`;
  const name = String(segment);
  if (betraysSecret(name)) return '["…"]';
  if (!/^[A-Za-z_][\w-]*$/.test(name)) return `["${name}"]`;
  return first ? name : `.${name}`;
}

/** Node's short word for why a file cannot be read, such as `ENOENT`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
