import { cpus } from 'node:os';
import { measure, type Sample, type Subject } from './measure.ts';
import { type Options, readOptions, usage } from './options.ts';
import { createProcesses } from './processes.ts';
import { formatTables, type Result, summarize } from './report.ts';
import { chosenRows, type Row } from './rows.ts';
import { createServers } from './servers.ts';

// What a call costs: `npm run bench`. docs/performance.md tells how to read it. It judges nothing: figures of a
// shared machine are for people, so the exit code speaks only of whether everything ran.

const processes = createProcesses();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    // Whatever is being waited for now fails, and everything is put away on the way out.
    processes[Symbol.dispose]();
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await bench(options);
  else process.stdout.write(`${usage}\n`);
} catch (error) {
  process.exitCode = interrupted ? 130 : 1;
  if (!interrupted) process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
} finally {
  processes[Symbol.dispose]();
}

async function bench(options: Options): Promise<void> {
  await using servers = await createServers(processes);

  const byName = new Map<Row['server'], Subject | undefined>();
  const samples = new Map<Row, Sample[]>();
  for (const row of chosenRows(options)) {
    if (!byName.has(row.server)) byName.set(row.server, await servers.start(row.server));
    if (byName.get(row.server)) samples.set(row, []);
    else progress(`left out: ${row.id}, since redis-server is not on the PATH`);
  }

  for (const row of samples.keys()) {
    progress(`warming up: ${row.id}`);
    await warmUp(row, options.warmUp);
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    progress(`round ${round} of ${options.rounds}`);
    // In another order each time, so that none has always the same neighbour.
    for (const row of shuffled([...samples.keys()])) {
      samples.get(row)?.push(await run(row, options.measureMs));
    }
  }

  const results = summarize(samples);
  process.stdout.write(options.json ? toJson(results) : `\n${describe()}\n\n${formatTables(results)}`);

  async function warmUp(row: Row, { units, ms }: Options['warmUp']): Promise<void> {
    for (let done = 0; done < units; ) done += (await run(row, ms)).units;
  }

  async function run({ id, server, load: shape }: Row, measureMs: number): Promise<Sample> {
    const subject = byName.get(server);
    if (!subject) throw new Error(`${server} is not running`);
    return measure(subject, { ...shape, measureMs }).catch((cause) => {
      throw new Error(`${id} could not be measured: ${cause.message}`, { cause });
    });
  }

  function describe(): string {
    const { rounds, measureMs } = options;
    const [measured, others] = options.adapters ? ['adapter', 'provider'] : ['server', 'load and provider'];
    const pinning = processes.pinned ? `${measured} on core 0, ${others} on core 1` : 'not pinned to cores';
    return `CPU time of the ${measured} process, all threads. ${machine()}; ${rounds} rounds of ${measureMs / 1_000} s; ${pinning}.`;
  }

  function toJson(results: readonly Result[]): string {
    const { rounds, measureMs } = options;
    return `${JSON.stringify({ machine: machine(), rounds, measureMs, pinned: processes.pinned, results }, null, 2)}\n`;
  }
}

function machine(): string {
  const [first, ...others] = cpus();
  return `${others.length + 1} x ${first?.model ?? 'unknown CPU'}, Node ${process.versions.node}`;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
