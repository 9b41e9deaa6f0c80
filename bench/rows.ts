import type { AdapterJob } from './adapter.ts';
import { type AdapterName, adapterNames } from './adapters.ts';
import type { ServerJob } from './load.ts';

/** One line of the table: a server, or an adapter by itself, under a kind of load. */
export interface Row {
  /** `group/name`. */
  id: string;
  group: GroupName;
  name: string;
  server: ServerName | AdapterName;
  load: Omit<ServerJob, 'address' | 'measureMs'> | Omit<AdapterJob, 'measureMs'>;
  /** What the row may cost, in multiples of its group's first row. */
  limit?: number;
}

export type ServerName =
  | 'floor'
  | 'floor again'
  | 'echo'
  | 'sluice'
  | 'sluice + redis'
  | 'sluice, accounts'
  | 'sluice, accounts + redis';
export type GroupName = keyof typeof groups;

/** Rows are compared within their group only. */
export const groups = {
  unary: { title: 'A unary call, 64 in flight', unit: 'call' },
  hit: { title: 'A unary call answered from the cache, 64 in flight', unit: 'call' },
  paced: { title: 'A streamed token, one per 5 ms on each of 96 streams', unit: 'token' },
  burst: { title: 'A streamed token, 100 of a stream at once, 16 streams', unit: 'token' },
  answer: { title: "An adapter's whole answer, 32 in flight", unit: 'answer' },
  token: { title: "An adapter's streamed token, 100 of a stream at once, 32 streams", unit: 'token' },
} as const;

/** Of the one caller that the gateways with accounts know. */
export const apiKey = 'key-of-the-bench';

const unary = {
  model: 'openai/bench',
  short: true,
  streamed: false,
  inFlight: 64,
  repeated: false,
  rampMs: 200,
};
const folded = { ...unary, short: false, model: 'openai/burst' };
const paced = {
  model: 'openai/paced',
  short: false,
  streamed: true,
  inFlight: 96,
  repeated: false,
  // The first streams begin one after the other, and come to their end meanwhile.
  rampMs: 1_200,
};
const burst = { ...paced, model: 'openai/burst', inFlight: 16, rampMs: 200 };

/** The first of a group is what the others are measured against. */
const gatewayRows: readonly Row[] = [
  row('unary', 'floor', 'floor', unary),
  row('unary', 'floor again', 'floor again', unary),
  row('unary', 'sluice', 'sluice', unary, 2.5),
  row('unary', 'sluice + redis', 'sluice + redis', unary, 2.5),
  row('unary', 'sluice, streamed by the provider', 'sluice', folded),
  // One key, one limit and one budget hold each call.
  row('unary', 'sluice, accounts', 'sluice, accounts', { ...unary, apiKey }, 3),
  row('unary', 'sluice, accounts + redis', 'sluice, accounts + redis', { ...unary, apiKey }),
  row('hit', 'echo', 'echo', unary),
  row('hit', 'sluice', 'sluice', { ...unary, repeated: true }, 1.5),
  row('hit', 'sluice + redis', 'sluice + redis', { ...unary, repeated: true }),
  row('paced', 'floor', 'floor', paced),
  row('paced', 'floor again', 'floor again', paced),
  row('paced', 'sluice', 'sluice', paced, 2),
  row('burst', 'floor', 'floor', burst),
  row('burst', 'sluice', 'sluice', burst, 2),
];

const adapter = { inFlight: 32, rampMs: 100 };

const adapterRows: readonly Row[] = [
  ...adapterNames.map((name) => row('answer', name, name, { ...adapter, streamed: false }, limitOf(name))),
  ...adapterNames.map((name) => row('token', name, name, { ...adapter, streamed: true }, limitOf(name))),
];

/** The rows that were asked for, and the first row of each of their groups. */
export function chosenRows({
  adapters,
  only,
}: {
  adapters: boolean;
  only: readonly string[];
}): readonly Row[] {
  const rows = adapters ? adapterRows : gatewayRows;
  if (only.length === 0) return rows;
  const wanted = rows.filter(({ id }) => only.some((piece) => id.includes(piece)));
  const bases = wanted.map(({ group }) => rows.find((row) => row.group === group));
  return rows.filter((row) => wanted.includes(row) || bases.includes(row));
}

function row(group: GroupName, name: string, server: Row['server'], load: Row['load'], limit?: number): Row {
  return { id: `${group}/${name}`, group, name, server, load, ...(limit !== undefined && { limit }) };
}

function limitOf(adapter: AdapterName): number | undefined {
  return adapter.startsWith('openai chat') ? undefined : 1.5;
}
