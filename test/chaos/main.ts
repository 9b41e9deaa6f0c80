import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { soak } from './soak/soak.ts';

// What happens when providers, Redis and processes misbehave: `npm run chaos`. docs/failure-modes.md tells what must
// come of it. The exit code is 1 where it does not.

const usage = `npm run chaos -- [options]
  --only a,b      of table, random, soak (these three), budgets, exactly, pause
  --minutes N     length of the soak (1)
  --rate N        calls per second of the soak and of the pause (100)
  --pause N       seconds for which Redis is paused (90)
  --seed N        makes the same faults again, as SEED=N does (the time)
  --help          print this`;

const TESTS: Record<string, string> = {
  table: 'test/chaos/failure-modes.test.ts',
  random: 'test/chaos/random-faults.test.ts',
  budgets: 'test/chaos/budgets.test.ts',
  exactly: 'test/chaos/exactly-once.test.ts',
  pause: 'test/chaos/redis-paused.test.ts',
};

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = (await run(options)) ? 0 : 1;
  else process.stdout.write(`${usage}\n`);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
}

interface Options {
  only: readonly string[];
  minutes: number;
  rate: number;
  pauseSeconds: number;
  seed: number;
}

async function run({ only, minutes, rate, pauseSeconds, seed }: Options): Promise<boolean> {
  process.stdout.write(`SEED=${seed}\n`);
  const files = Object.entries(TESTS).flatMap(([name, file]) => (only.includes(name) ? [file] : []));
  const said = { SEED: `${seed}`, PAUSE_SECONDS: `${pauseSeconds}`, PAUSE_RATE: `${rate}` };
  if (files.length > 0 && !(await runTests(files, said))) return false;
  return !only.includes('soak') || (await soak({ minutes, rate, seed }));
}

async function runTests(files: readonly string[], said: Record<string, string>): Promise<boolean> {
  const env = { ...process.env, ...said };
  // One after the other: times are measured in them.
  const args = ['run', '--no-file-parallelism', ...files];
  const [code] = await once(spawn('vitest', args, { stdio: 'inherit', env }), 'exit');
  return code === 0;
}

/** Reads the command line; undefined where only help is wanted. Throws a sentence about what it does not know. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: 'table,random,soak' },
      minutes: { type: 'string', default: '1' },
      rate: { type: 'string', default: '100' },
      pause: { type: 'string', default: '90' },
      seed: { type: 'string', default: process.env['SEED'] ?? String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const only = values.only.split(',').filter(Boolean);
  const unknown = only.find((name) => name !== 'soak' && !(name in TESTS));
  if (unknown !== undefined) {
    const names = new Intl.ListFormat('en', { type: 'disjunction' }).format([...Object.keys(TESTS), 'soak']);
    throw new Error(`--only has "${unknown}": expected ${names}.`);
  }
  return {
    only,
    minutes: positive('--minutes', values.minutes),
    rate: positive('--rate', values.rate),
    pauseSeconds: positive('--pause', values.pause),
    seed: positive('--seed', values.seed),
  };
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`${name} is "${text}": expected a number above 0.`);
}
