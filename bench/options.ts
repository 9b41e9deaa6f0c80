import { parseArgs } from 'node:util';

export interface Options {
  /** Measures the providers' adapters by themselves, rather than the gateway. */
  adapters: boolean;
  /** How often every row is measured. */
  rounds: number;
  /** How long one measurement takes. */
  measureMs: number;
  /** What every row runs through before the first round: so many calls or tokens, and for so long at least. */
  warmUp: { units: number; ms: number };
  /** Rows to measure, by pieces of their ids; empty: all. What they are compared with comes along. */
  only: readonly string[];
  /** Prints JSON instead of a table. */
  json: boolean;
}

export const usage = `npm run bench -- [options]
  --adapters      measure each provider's adapter by itself, against that of OpenAI
  --rounds N      measure every row N times (7)
  --seconds N     length of one measurement (1.5)
  --only a,b      only rows whose id has one of these in it, such as unary, paced, or unary/sluice
  --quick         two short rounds: shows that everything runs, not what it costs
  --json          print JSON instead of a table
  --help          print this`;

/** Reads the command line; undefined where only help is wanted. Throws a sentence about what it does not know. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      adapters: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    adapters: values.adapters,
    rounds: positive('--rounds', values.rounds, values.quick ? 2 : 7),
    measureMs: positive('--seconds', values.seconds, values.quick ? 1 : 1.5) * 1_000,
    // A gateway runs for weeks: what its code costs before the compiler has settled, after some 40,000 calls, is not asked.
    // On a slow machine that takes a minute. An adapter by itself gets there in half the time.
    warmUp: values.quick
      ? { units: 1, ms: 2_000 }
      : values.adapters
        ? { units: 20_000, ms: 6_000 }
        : { units: 40_000, ms: 12_000 },
    only: values.only.split(',').filter(Boolean),
    json: values.json,
  };
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`${name} is "${text}": expected a number above 0.`);
}
