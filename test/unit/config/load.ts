import type { Config } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/faults.ts';
import { type LoadedConfig, loadConfig } from '../../../src/config/load-config.ts';

export interface Situation {
  variables?: Record<string, string>;
  /** Further files, by path from the working directory. */
  files?: Record<string, string>;
}

/** Loads `conf/sluice.yaml` with this text; without a text there is no file. */
export function load(yaml: string | undefined, situation?: Situation): Config {
  return read(yaml, situation).config;
}

/** The same, with what the file says. */
export function read(yaml: string | undefined, { variables = {}, files = {} }: Situation = {}): LoadedConfig {
  const all = new Map(Object.entries(yaml === undefined ? files : { ...files, 'conf/sluice.yaml': yaml }));
  const named = yaml === undefined ? {} : { SLUICE_CONFIG: 'conf/sluice.yaml' };
  return loadConfig({
    environment: { variables: { ...named, ...variables } },
    readFile(path) {
      const text = all.get(path);
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return text;
    },
  });
}

/** The faults of a configuration that has to be refused, in their order. */
export function faultsOf(yaml: string | undefined, situation?: Situation): string[] {
  return refusalOf(yaml, situation).faults.map(({ message }) => message);
}

export function refusalOf(yaml: string | undefined, situation?: Situation): ConfigError {
  try {
    load(yaml, situation);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}
