import { dirname, isAbsolute, join } from 'node:path';
import type { ReadFile } from './environment.ts';

/** The files that a configuration file names. */
export interface Files {
  /** Where a file is, seen from the working directory. */
  locate: (path: string) => string;
  read: ReadFile;
}

/** Relative paths start from the folder of the configuration file, wherever the process was started. */
export function filesBeside(configPath: string | undefined, readFile: ReadFile): Files {
  const folder = configPath === undefined ? '.' : dirname(configPath);
  const locate = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  return { locate, read: (path) => readFile(locate(path)) };
}
