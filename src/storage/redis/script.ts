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
 * Runs a script, and once more with the keys that it asks for. Gives its reply, less the name in front.
 *
 * Not by ioredis's `defineCommand`: auto-pipelining sorts commands by the slot of their first argument, which for a command
 * of its own with a varying number of keys is that number; on a cluster such a pipeline is refused. Of EVALSHA it knows
 * where the keys are.
 */
export function runScript(client: RedisClient, script: Script, input: ScriptInput): Promise<ScriptReply> {
  return withAllKeys(input, async (named) => {
    const [name, ...values] = (await evaluate(client, script, named)) as [string, ...unknown[]];
    return { name, values };
  });
}

/**
 * Sends an input, and once more with the keys that are asked for in reply: a script may only use keys that were named to it,
 * and which ones a call holds is known to Redis alone.
 */
export async function withAllKeys(
  { keys, args }: ScriptInput,
  send: (input: ScriptInput) => Promise<ScriptReply>,
): Promise<ScriptReply> {
  const named = [...keys];
  for (let sends = 0; sends < MAX_SENDS; sends++) {
    const reply = await send({ keys: named, args });
    if (reply.name !== 'keys') return reply;
    named.push(...(reply.values[0] as string[]));
  }
  throw new Error(`The ledger's keys changed while they were asked for: ${named.join(', ')}`);
}

export interface ScriptInput {
  keys: readonly string[];
  args: readonly ScriptArgument[];
}

export type ScriptArgument = string | number;

export interface ScriptReply {
  name: string;
  values: unknown[];
}

/** Sends a script once. */
export async function evaluate(
  client: RedisClient,
  { source, sha1 }: Script,
  { keys, args }: ScriptInput,
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(isReplyError(error) && error.message.startsWith('NOSCRIPT'))) throw error;
    // Redis was restarted, or another master has taken over.
    return client.eval(source, keys.length, ...keys, ...args);
  }
}
