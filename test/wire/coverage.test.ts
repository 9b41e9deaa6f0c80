import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { coverageTable } from './coverage-table.ts';
import type { Claim } from './expectations.ts';
import { ABSENT, loadRecordings, type Recording } from './recordings.ts';

// Whether some adapter's tests judge each recording, and what they make of it, provider by feature.

/** What no adapter is there for, each with its reason. */
const UNCLAIMED: readonly { why: string; is(recording: Recording): boolean }[] = [
  { why: 'the contract has no such call', is: ({ api }) => api === 'rerank' || api === 'moderations' },
  {
    why: 'text completions, which Anthropic answers no longer, nor has a model for',
    is: ({ provider, api }) => provider === 'anthropic' && api === 'complete',
  },
];

const files = readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter((file) =>
  /^expectations-.+\.ts$/.test(file),
);
const modules = await Promise.all(files.map(async (file) => ({ file, claims: await claimsOf(file) })));
const claims = modules.flatMap(({ claims }) => claims ?? []);
const recordings = loadRecordings(() => true);

it.each(modules)('$file says which recordings it judges', ({ claims }) => {
  expect(claims?.length).toBeGreaterThan(0);
});

if (!recordings) {
  it(ABSENT, () => expect(recordings).toBeUndefined());
} else {
  const covered = recordings.map((recording) => ({ recording, ...coverageOf(recording) }));
  const left = covered.filter(({ judged }) => !judged);
  const lines = [
    `All recordings: ${covered.length}, ${covered.length - left.length} judged; the others:`,
    ...left.map(({ recording, why }) => `  ${recording.id}: ${why ?? 'NOBODY CLAIMS IT'}`),
    coverageTable(covered),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);

  describe('every recording is judged, or there is a reason why not', () => {
    it.each(covered)('$recording.id', ({ judged, why }) => {
      expect(judged || why !== undefined).toBe(true);
    });
  });
}

async function claimsOf(file: string): Promise<readonly Claim[] | undefined> {
  const module: { claims?: readonly Claim[] } = await import(
    /* @vite-ignore */ new URL(file, import.meta.url).href
  );
  return module.claims;
}

/** Whether anybody judges a recording, and if not, why not. */
function coverageOf(recording: Recording): { judged: boolean; why: string | undefined } {
  const readings = claims.filter(({ wanted }) => wanted(recording)).map(({ read }) => read(recording));
  const reasons = readings.flatMap((reading) => (reading.kind === 'not judged' ? [reading.why] : []));
  return {
    judged: reasons.length < readings.length,
    why: reasons[0] ?? UNCLAIMED.find(({ is }) => is(recording))?.why,
  };
}
