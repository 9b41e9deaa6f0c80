import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageRecord } from '../../../src/gen/sluice/v1/usage_service.ts';
import { openAuditLog } from '../../../src/telemetry/audit-log.ts';
import { createRedactor } from '../../../src/telemetry/redact.ts';

let folder: string;
let warnings: unknown[];
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-audit-'));
  warnings = [];
  printed = '';
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function anAuditLog(said: { file?: string; maxBytes?: number; maxFiles?: number; now?: () => number } = {}) {
  const { now = Date.now, ...config } = said;
  return openAuditLog({
    config: { file: join(folder, 'audit.jsonl'), maxBytes: 10_000, maxFiles: 2, ...config },
    standardOutput: {
      write: (line) => {
        printed += line;
      },
      flush: async () => {},
    },
    redact: createRedactor(['s3cret-of-somebody']).redact,
    log: { warn: (fields, message) => warnings.push({ ...fields, message }) },
    now,
  });
}

const aRecord = (said: Parameters<typeof UsageRecord.fromPartial>[0] = {}) =>
  UsageRecord.fromPartial({ id: 'cmpl-1', key: 'checkout', cost: { nanoUsd: 12_345_678_901 }, ...said });

describe('the audit log', () => {
  it('has a line of JSON for each record, in the names of the contract', async () => {
    const audit = anAuditLog();
    audit.write(aRecord());
    audit.write(aRecord({ id: 'cmpl-2' }));
    await audit.close();
    const lines = (await readFile(join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 'cmpl-1', key: 'checkout', cost: { nanoUsd: 12_345_678_901 } },
      { id: 'cmpl-2' },
    ]);
  });

  it('can be standard output', async () => {
    const audit = anAuditLog({ file: 'stdout' });
    audit.write(aRecord());
    expect(JSON.parse(printed)).toMatchObject({ id: 'cmpl-1' });
    await audit.close();
  });

  it('goes on where it ended', async () => {
    for (const id of ['cmpl-1', 'cmpl-2']) {
      const audit = anAuditLog();
      audit.write(aRecord({ id }));
      await audit.close();
    }
    expect((await readFile(join(folder, 'audit.jsonl'), 'utf8')).match(/cmpl-\d/g)).toEqual([
      'cmpl-1',
      'cmpl-2',
    ]);
  });

  it('begins a new file at its size, keeps so many of the old ones, and loses no line before that', async () => {
    const audit = anAuditLog({ maxBytes: 2_000, maxFiles: 3 });
    for (let n = 0; n < 90; n += 1) {
      audit.write(aRecord({ id: `cmpl-${n}`, model: 'x'.repeat(100) }));
      // One write at a time: a file is exchanged between writes.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await audit.close();
    const files = (await readdir(folder)).sort();
    expect(files).toEqual(['audit.jsonl', 'audit.jsonl.1', 'audit.jsonl.2', 'audit.jsonl.3']);
    const kept = await Promise.all(files.reverse().map((file) => readFile(join(folder, file), 'utf8')));
    const ids = kept
      .join('')
      .match(/"cmpl-\d+"/g)
      ?.map((id) => Number(id.slice(6, -1)));
    expect(ids).toEqual(Array.from({ length: ids?.length ?? 0 }, (_, n) => 90 - (ids?.length ?? 0) + n));
  });

  it('holds no secret, wherever a caller has put one', async () => {
    const audit = anAuditLog();
    audit.write(aRecord({ endUser: 's3cret-of-somebody', labels: { team: 'sk-abcdefghijklmnopqrstuv' } }));
    await audit.close();
    const text = await readFile(join(folder, 'audit.jsonl'), 'utf8');
    expect(text).not.toMatch(/s3cret|abcdefghijkl/);
  });

  it('reports a file that cannot be written, and tries again after a while', async () => {
    await writeFile(join(folder, 'in-the-way'), '');
    let time = 0;
    const audit = anAuditLog({ file: join(folder, 'in-the-way', 'audit.jsonl'), now: () => time });
    audit.write(aRecord());
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    await rm(join(folder, 'in-the-way'));
    const before = warnings.length;
    audit.write(aRecord());
    expect(warnings.length).toBe(before + 1);
    time += 10_000;
    audit.write(aRecord({ id: 'cmpl-later' }));
    await audit.close();
    expect(await readFile(join(folder, 'in-the-way', 'audit.jsonl'), 'utf8')).toContain('cmpl-later');
  });
});
