import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Makes sure that there is a real `redis-server`: the tests neither skip what needs it nor imitate it. Installs
 * it by apt where that is allowed. Serves as vitest's `globalSetup`, so that it is done once per run.
 */
export default async function setup(): Promise<void> {
  if (await hasRedisServer()) return;
  const failure = await installByApt().catch((error: unknown) => error);
  if (await hasRedisServer()) return;
  throw new Error(
    'The tests need redis-server on the PATH: install the package redis-server, version 7.0 or newer.',
    {
      cause: failure,
    },
  );
}

async function hasRedisServer(): Promise<boolean> {
  return run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Several test processes may come here at once: flock lets one at a time, and ends with its process. */
async function installByApt(): Promise<void> {
  const shell = process.getuid?.() === 0 ? ['sh', '-c'] : ['sudo', '-n', 'sh', '-c'];
  const lock = join(tmpdir(), `sluice-install-redis-${process.getuid?.()}.lock`);
  await run('flock', [lock, ...shell, INSTALL], { timeout: INSTALL_TIMEOUT_MS });
}

/** Debian starts a Redis of the system's with the package, unless policy-rc.d forbids it. */
const INSTALL = `
set -e
command -v redis-server >/dev/null && exit 0
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap "rm -f $policy" EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends redis-server
`;
