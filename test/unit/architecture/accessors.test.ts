import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../src');

/** Objects with accessors that are made once for the process, a provider or a connection. */
const MADE_ONCE = [
  'grpc/running-calls.ts',
  'routing/activity.ts',
  'telemetry/otlp/byte-writer.ts',
  'telemetry/otlp/span-encoder.ts',
];

// An object literal with an accessor gets a hidden class of its own, in the old generation of the heap, which holds the
// accessor's closure and all that this knows of. One in an object of which each call has one kept whole calls alive
// until the next full collection, and cost a tenth of a unary call. See docs/performance.md.
it('no object of which each call has one has an accessor: a method does as well', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('gen/'),
  );
  const withAccessors = files.filter((file) =>
    /^\s*[gs]et \[?[\w.]+\]?\(/m.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(withAccessors.sort()).toEqual(MADE_ONCE);
});
