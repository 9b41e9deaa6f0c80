import { z } from 'zod';
import { parseListenAddress, parseRedisUrl } from './addresses.ts';
import { concurrency } from './execution-schema.ts';
import { reasonOf } from './faults.ts';
import { byteSize, duration, durationOrZero, field, mapping, text, yesOrNo } from './fields.ts';
import type { Files } from './files.ts';

const listenAddress = field(parseListenAddress);

export function createServerSchema(files: Files) {
  const file = field<string>((input) => {
    if (typeof input !== 'string' || input === '') return { remedy: 'expected the path of a PEM file.' };
    try {
      files.read(input);
      return { value: files.locate(input) };
    } catch (error) {
      return { remedy: `the file cannot be read (${reasonOf(error)}); correct the path or its permissions.` };
    }
  });
  return mapping({
    address: listenAddress.exactOptional(),
    metricsAddress: field((input) =>
      input === 'off' ? { value: input } : parseListenAddress(input),
    ).exactOptional(),
    tls: mapping({ certFile: file, keyFile: file, clientCaFile: file.exactOptional() }).exactOptional(),
    drainTimeout: durationOrZero.exactOptional(),
    maxMessageSize: byteSize.exactOptional(),
    keepaliveTime: duration.exactOptional(),
    keepaliveTimeout: duration.exactOptional(),
    maxConnectionAge: duration.exactOptional(),
    maxConnectionAgeGrace: duration.exactOptional(),
    reflection: yesOrNo().exactOptional(),
    ...concurrency,
  });
}

const redisUrl = z.unknown().transform((input, context): string | string[] => {
  const parsed = [input].flat().map((url) => parseRedisUrl(url));
  for (const [index, node] of parsed.entries()) {
    if ('value' in node) continue;
    context.issues.push({
      code: 'custom',
      message: node.remedy,
      input,
      path: Array.isArray(input) ? [index] : [],
    });
  }
  if (parsed.length === 0)
    context.issues.push({ code: 'custom', message: 'expected at least one node.', input });
  const urls = parsed.flatMap((node) => ('value' in node ? [node.value] : []));
  return Array.isArray(input) ? urls : (urls[0] ?? z.NEVER);
});

export const redis = mapping({
  url: redisUrl,
  commandTimeout: duration.exactOptional(),
  // Braces are where a cluster looks for the part of a key that places it.
  keyPrefix: text('expected a word without spaces and braces.', /^[^\s{}]+$/).exactOptional(),
});
