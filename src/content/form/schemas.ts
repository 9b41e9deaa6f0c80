import { createContext, Script } from 'node:vm';
import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import { invalidRequest } from '../../completion/error.ts';

/** Where a value does not follow its schema, and by which keyword. Nothing of the value itself, but names of fields. */
export interface Misfit {
  /** JSON pointer into the value; empty for the whole. */
  path: string;
  /** Keyword of JSON Schema. */
  keyword: string;
  /** What the keyword asks for. */
  wanted: string;
}

/** Says where a value does not follow a schema; nothing, where it does. */
export type Check = (value: unknown) => Misfit[];

/** Turns the schemas of requests into checks. */
export interface Schemas {
  /** @throws GatewayError INVALID_REQUEST with the path into the schema. */
  compile(schema: string): Check;
}

/**
 * Creates a compiler that keeps what it has compiled, within bounds. A schema comes from a caller and is not trusted: it
 * refers to nothing outside itself, is of bounded size, and neither compiling it nor checking by it holds the process for
 * longer than `limitMs`, whatever its patterns are.
 */
export function createSchemas({ limitMs = 250 }: { limitMs?: number } = {}): Schemas {
  const checks = new LRUCache<string, Check>({
    max: 1_000,
    maxSize: 32 * 2 ** 20,
    sizeCalculation: (_, { length }) => COMPILED_BYTES + length * COMPILED_BYTES_PER_CHARACTER,
  });
  const within = createTimeLimit(limitMs);
  const drafts = { draft2020: new Ajv2020(options), draft07: new Ajv(options) };

  return {
    compile(schema) {
      const known = checks.get(schema);
      if (known) return known;
      const check = compile(schema);
      checks.set(schema, check);
      return check;
    },
  };

  function compile(text: string): Check {
    if (text.length > LONGEST_SCHEMA)
      throw fault(`has ${text.length} characters, more than ${LONGEST_SCHEMA}`);
    const schema = JSON.parse(text) as object;
    const draft = draftOf(schema);
    const described = drafts[draft];
    if (!tried(() => described.validateSchema(schema))) throw fault(describeFaults(described.errors));
    // One of its own, since schemas of different callers may bear one name.
    const Compiler = draft === 'draft07' ? Ajv : Ajv2020;
    const own = { ...options, meta: false, validateSchema: false };
    const validate = tried(() => within(() => new Compiler(own).compile(schema)));
    if ('$async' in validate) throw fault('has $async, which is no keyword of JSON Schema');
    return (value) => {
      try {
        return within(() =>
          validate(value) ? [] : (validate.errors ?? []).slice(0, MOST_MISFITS).map(misfit),
        );
      } catch {
        // Too long, or too deep for the stack.
        return [{ path: '', keyword: 'limit', wanted: `could not be checked within ${limitMs} ms` }];
      }
    };
  }
}

/** @throws GatewayError for whatever the library throws. */
function tried<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw fault(`cannot be used: ${reasonOf(thrown)}`);
  }
}

const options = {
  // Keywords that we do not know are notes to others, in the standard as well.
  strict: false,
  // Also those of draft 2020-12 are notes unless somebody says otherwise; vendors check none, or others.
  validateFormats: false,
  // A repair is told all that is wrong.
  allErrors: true,
  inlineRefs: false,
  messages: true,
  logger: false,
} as const;

const LONGEST_SCHEMA = 64 * 1024;
const MOST_MISFITS = 10;
/** What a compiled schema takes in memory: measured 9 KiB for one of 174 characters, 46 KiB for one of 2,162. */
const COMPILED_BYTES = 8 * 1024;
const COMPILED_BYTES_PER_CHARACTER = 24;

function draftOf(schema: object): 'draft2020' | 'draft07' {
  const named = '$schema' in schema ? schema.$schema : undefined;
  if (named === undefined) return 'draft2020';
  const uri = typeof named === 'string' ? named.replace(/#$/, '') : '';
  if (uri === 'https://json-schema.org/draft/2020-12/schema') return 'draft2020';
  if (/^https?:\/\/json-schema\.org\/draft-07\/schema$/.test(uri)) return 'draft07';
  throw fault(
    'names another $schema than https://json-schema.org/draft/2020-12/schema (the default) and http://json-schema.org/draft-07/schema#',
  );
}

/** Runs code that a timer may end, though it never yields: a regular expression that backtracks for hours. */
function createTimeLimit(limitMs: number): <T>(work: () => T) => T {
  const script = new Script('run()');
  const context: { run?: () => unknown } = {};
  createContext(context);
  return <T>(work: () => T) => {
    context.run = work;
    try {
      return script.runInContext(context, { timeout: limitMs }) as T;
    } finally {
      delete context.run;
    }
  };
}

function misfit({ instancePath, keyword, message }: ErrorObject): Misfit {
  return { path: instancePath, keyword, wanted: message ?? `must follow ${keyword}` };
}

function describeFaults(errors: readonly ErrorObject[] | null | undefined): string {
  const [first] = errors ?? [];
  if (!first) return 'is no JSON Schema';
  return `is no JSON Schema: at "${first.instancePath.slice(0, 200)}" it ${first.message ?? first.keyword}`;
}

/** What the compiler objects to, without what it quotes at length. */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : '';
  if (/can't resolve reference/.test(message))
    return 'it refers to what is not in it; only references within the schema are followed';
  if (/timed out/.test(message)) return 'it takes too long to prepare';
  return message.slice(0, 200);
}

function fault(description: string) {
  return invalidRequest('response_format.json_schema.schema', description);
}
