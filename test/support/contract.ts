import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../proto/sluice/v1');

/** Every method of every service, read from the proto files themselves, so that none is left out by whoever forgets it. */
export const methodsOfContract: readonly { service: string; method: string; path: string }[] = readdirSync(
  folder,
).flatMap((file) => {
  const proto = readFileSync(join(folder, file), 'utf8');
  return [...proto.matchAll(/^service (\w+) \{$([\s\S]*?)^\}$/gm)].flatMap(([, service = '', body = '']) =>
    [...body.matchAll(/^ {2}rpc (\w+)/gm)].map(([, method = '']) => ({
      service,
      method,
      path: `/sluice.v1.${service}/${method}`,
    })),
  );
});
