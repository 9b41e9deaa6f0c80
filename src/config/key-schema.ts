import { z } from 'zod';
import { budgets } from './budget-schema.ts';
import { parseDigest, parseKeyName } from './caller-key.ts';
import { content } from './content-schema.ts';
import { besideOtherFaults, field, mapping, oneOrMore, yesOrNo } from './fields.ts';
import { limits } from './limits-schema.ts';
import { adminMethods, methods } from './methods.ts';
import { nearestName } from './nearest-name.ts';
import type { Parsed } from './parsed.ts';

const key = mapping({
  name: field(parseKeyName),
  sha256: oneOrMore(parseDigest).exactOptional(),
  certificates: oneOrMore(
    parseWord('expected a name of a certificate, such as "checkout.internal".'),
  ).exactOptional(),
  models: oneOrMore(parseWord('expected a model, or a pattern such as "openai/*".')).exactOptional(),
  methods: oneOrMore(parseMethod).exactOptional(),
  admin: yesOrNo().exactOptional(),
  limits: limits.exactOptional(),
  endUserLimits: limits.exactOptional(),
  budgets: budgets.exactOptional(),
  content: content.exactOptional(),
}).superRefine(checkKey, besideOtherFaults);

/** Who may call. */
export const keys = z.array(key, 'expected a list of keys.').superRefine(checkApart, besideOtherFaults);

function parseWord(remedy: string): (input: unknown) => Parsed<string> {
  return (input) => (typeof input === 'string' && /^\S+$/.test(input) ? { value: input } : { remedy });
}

function parseMethod(input: unknown): Parsed<string> {
  const value = methods.find((name) => name === input);
  if (value !== undefined) return { value };
  const nearest = typeof input === 'string' ? nearestName(input, methods) : undefined;
  const remedy =
    nearest === undefined ? `expected one of ${methods.join(', ')}.` : `did you mean "${nearest}"?`;
  return { remedy };
}

/** As far as the checks below look; whatever else is there where it is faulty by itself. */
interface Said {
  name?: unknown;
  sha256?: unknown;
  certificates?: unknown;
  methods?: unknown;
  admin?: unknown;
}

function checkKey(said: Said, context: z.core.$RefinementCtx): void {
  const refuse = (name: keyof Said, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (!('sha256' in said || 'certificates' in said))
    refuse('sha256', 'give the digest of a key, as `npm run key` prints it, or certificates.');
  const forAdmins = adminMethods.filter((method) => [said.methods].flat().includes(method));
  if (forAdmins.length > 0 && said.admin !== true)
    refuse(
      'methods',
      `only administrators may call ${forAdmins.join(', ')}; say \`admin: true\` too, or leave it out.`,
    );
}

/** What each key must have for itself, so that a call is one caller's and no other's. */
const own = {
  name: 'has this name too; each key needs one of its own.',
  sha256: 'has this digest too; each key needs one of its own.',
  certificates: 'has this name of a certificate too; a certificate stands for one key.',
};

function checkApart(keys: readonly Said[], context: z.core.$RefinementCtx): void {
  if (!Array.isArray(keys)) return;
  for (const [property, message] of Object.entries(own)) {
    const holders = new Map<string, number>();
    for (const [index, said] of keys.entries()) {
      for (const value of [Object(said)[property]].flat()) {
        if (typeof value !== 'string') continue;
        const holder = holders.get(value);
        if (holder === undefined) holders.set(value, index);
        else
          context.addIssue({
            code: 'custom',
            path: [index, property],
            message: `keys[${holder}] ${message}`,
          });
      }
    }
  }
}

/** Nobody is asked for a certificate unless there is an authority to check it by. */
export function checkCertificates(
  said: { server?: { tls?: object }; keys?: readonly Said[] },
  context: z.core.$RefinementCtx,
): void {
  if ('clientCaFile' in Object(said.server?.tls) || !Array.isArray(said.keys)) return;
  for (const [index, key] of said.keys.entries()) {
    if (!('certificates' in Object(key))) continue;
    const message =
      'callers show certificates only where server.tls.clientCaFile is set; set it, or remove them.';
    context.addIssue({ code: 'custom', path: ['keys', index, 'certificates'], message });
  }
}
