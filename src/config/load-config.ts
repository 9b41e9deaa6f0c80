import type { Config } from './config.ts';
import { withDefaultEntries } from './defaults.ts';
import type { Environment, ReadFile } from './environment.ts';
import { ConfigError, faultAt, reasonOf } from './faults.ts';
import { type Checked, faultsOfSchema } from './faults-of-schema.ts';
import { filesBeside } from './files.ts';
import { interpolate } from './interpolate.ts';
import { readDocument } from './read-document.ts';
import { resolveConfig } from './resolve-config.ts';
import { createFileSchema, variablesSchema } from './schema.ts';

/** A configuration, beside what its file says, by which two of them are told apart. */
export interface LoadedConfig {
  config: Config;
  said: Checked;
}

/**
 * Makes the configuration out of the environment and the file that `SLUICE_CONFIG` names; no file at all is a
 * working configuration. Relative paths inside the file start from its folder.
 *
 * @throws ConfigError with every fault there is
 */
export function loadConfig({
  environment,
  readFile,
}: {
  environment: Environment;
  readFile: ReadFile;
}): LoadedConfig {
  const variables = withoutEmpty(environment.variables);
  const { SLUICE_CONFIG: path } = variables;
  const files = filesBeside(path, readFile);

  const document = path === undefined ? {} : readDocument({ path, text: readConfigFile(path, readFile) });
  const complete = withDefaultEntries(document, variables);
  const { values, written, secrets, faults } = interpolate(complete, { variables, readFile: files.read });

  const fromFile = createFileSchema({ values, files }).safeParse(values);
  const fromVariables = variablesSchema.safeParse(variables);
  if (fromFile.success && fromVariables.success && faults.length === 0) {
    return { config: resolveConfig(fromFile.data, fromVariables.data, secrets), said: { values, written } };
  }

  const unresolved = new Set(faults.map((fault) => fault.path));
  throw new ConfigError(path, [
    ...faults,
    // Where nothing could be put in, the value is missing, which need not be said again.
    ...faultsOfSchema(fromFile.error, { values, written }).filter((fault) => !unresolved.has(fault.path)),
    ...faultsOfSchema(fromVariables.error, { values: variables, written: new Map() }),
  ]);
}

/** `OPENAI_API_KEY=` in a compose file means that there is none. */
function withoutEmpty(variables: Environment['variables']): Record<string, string> {
  const entries = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(entries);
}

function readConfigFile(path: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch (error) {
    const problem = `is "${path}": the file cannot be read (${reasonOf(error)}); correct the path.`;
    throw new ConfigError(undefined, [faultAt(['SLUICE_CONFIG'], problem)], { cause: error });
  }
}
