import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClient } from './client.ts';
import { isReplyError } from './reply-error.ts';

/** A Lua script: a step that Redis takes as a whole, or not at all. */
export interface Script {
  source: string;
  /** By which Redis knows it once it has seen it. */
  sha1: string;
}

/** How often a script may say that it needs other keys: they change only with the call that they belong to. */
const MAX_SENDS = 4;

/** Loads a script from the folder `lua`, with what all of them share before it. */
export function loadScript(name: string): Script {
  const source = [...read('shared'), ...read(name)].join('');
  return { source, sha1: hash('sha1', source) };
}

function read(name: string): string[] {
  return [readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')];
}

/**
 * Runs a script, and once more with the keys that it asks for: a script may only use keys that were named to it, and which
 * ones a call holds is known to Redis alone. Gives its reply, less the name in front.
 *
 * Not by ioredis's `defineCommand`: auto-pipelining sorts commands by the slot of their first argument, which for a command
 * of its own with a varying number of keys is that number; on a cluster such a pipeline is refused. Of EVALSHA it knows
 * where the keys are.
 */
export async function runScript(
  client: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<ScriptReply> {
  const named = [...keys];
  for (let sends = 0; sends < MAX_SENDS; sends++) {
    const [name, ...values] = (await evaluate(client, script, named, args)) as [string, ...unknown[]];
    if (name !== 'keys') return { name, values };
    named.push(...(values[0] as string[]));
  }
  throw new Error(`The ledger's keys changed while they were asked for: ${named.join(', ')}`);
}

export type ScriptArgument = string | number;

export interface ScriptReply {
  name: string;
  values: unknown[];
}

async function evaluate(
  client: RedisClient,
  { source, sha1 }: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(isReplyError(error) && error.message.startsWith('NOSCRIPT'))) throw error;
    // Redis was restarted, or another master has taken over.
    return client.eval(source, keys.length, ...keys, ...args);
  }
}
