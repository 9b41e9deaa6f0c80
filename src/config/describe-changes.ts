import { isDeepStrictEqual } from 'node:util';
import { formatPath, type Path } from './faults.ts';
import { type Checked, holdsSecret } from './faults-of-schema.ts';
import { looksSecret } from './secrets.ts';

/** Something that a configuration says otherwise than the one before. */
export interface Change {
  /** Whether the process takes it in only when it starts. */
  needsRestart: boolean;
  /** One sentence: the path, and what was and is there, unless that may be a secret. */
  sentence: string;
}

/** Tells what differs, value by value; what came or went as a whole is one change. */
export function describeChanges(before: Checked, after: Checked): Change[] {
  return compare([], before.values, after.values);

  function compare(path: Path, was: unknown, is: unknown): Change[] {
    if (isDeepStrictEqual(was, is)) return [];
    // A section that was not there says nothing of which of its keys are new.
    const isSection = path.length === 1 && (isMapping(was) || isMapping(is));
    if (isSection || (isMapping(was) && isMapping(is))) return compareKeys(path, keysIn(was), keysIn(is));
    if (Array.isArray(was) && Array.isArray(is)) return compareItems(path, was, is);
    return [change(path, was, is)];
  }

  function compareKeys(path: Path, was: Mapping, is: Mapping): Change[] {
    const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
    return [...keys].flatMap((key) => compare([...path, key], was[key], is[key]));
  }

  function compareItems(path: Path, was: unknown[], is: unknown[]): Change[] {
    const longer = was.length > is.length ? was : is;
    return longer.flatMap((_, index) => compare([...path, index], was[index], is[index]));
  }

  function change(path: Path, was: unknown, is: unknown): Change {
    const needsRestart = isReadAtStart(path, was === undefined || is === undefined);
    const sentence = `${formatPath(path)} ${whatHappened(path, was, is)}`;
    return { needsRestart, sentence: needsRestart ? `${sentence}; this needs a restart.` : `${sentence}.` };
  }

  function whatHappened(path: Path, was: unknown, is: unknown): string {
    const [old, now] = [shown(path, was, before), shown(path, is, after)];
    if (was === undefined) return now === undefined ? 'was added' : `was added: ${now}`;
    if (is === undefined) return 'was removed';
    return old === undefined || now === undefined ? 'changed' : `changed from ${old} to ${now}`;
  }
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keysIn(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

/** A value as the file has it; undefined where it must not be shown. What came from a variable or a file may be a secret. */
function shown(path: Path, value: unknown, { written }: Checked): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  if (written.has(formatPath(path)) || holdsSecret(path) || looksSecret(String(value))) return undefined;
  return JSON.stringify(typeof value === 'string' ? value.slice(0, LONGEST_SHOWN) : value);
}

const LONGEST_SHOWN = 100;

/** What a running process cannot take in: who listens where and how, and what others were told when it began. */
const READ_AT_START = [
  'server.address',
  'server.metricsAddress',
  'server.maxMessageSize',
  'server.keepaliveTime',
  'server.keepaliveTimeout',
  'server.maxConnectionAge',
  'server.maxConnectionAgeGrace',
  'server.reflection',
  'redis',
  'telemetry',
  'usage',
  'cache.staleTtl',
  'cache.maxEntries',
  'cache.maxBytes',
];

/** Certificates are renewed while the process runs, but whether TLS is spoken, and callers show theirs, is settled. */
const THERE_FROM_THE_START = ['server.tls', 'server.tls.clientCaFile'];

function isReadAtStart(path: Path, cameOrWent: boolean): boolean {
  const place = formatPath(path);
  if (cameOrWent && THERE_FROM_THE_START.includes(place)) return true;
  return READ_AT_START.some(
    (key) => place === key || place.startsWith(`${key}.`) || place.startsWith(`${key}[`),
  );
}
