import { readFileSync } from 'node:fs';

/** What the process was started with. */
export interface Environment {
  /** The environment variables, by name. */
  variables: Readonly<Record<string, string | undefined>>;
}

/** Reads the text of a file. Throws what Node throws where it cannot. */
export type ReadFile = (path: string) => string;

/** Takes a snapshot of the process's environment: the only place that knows of `process.env`. */
export function readEnvironment(): Environment {
  return { variables: { ...process.env } };
}

/** Reads configuration and secrets from the disk, anew each time, since mounted secrets are rotated. */
export const readFile: ReadFile = (path) => readFileSync(path, 'utf8');
