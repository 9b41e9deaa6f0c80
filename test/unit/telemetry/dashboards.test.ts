import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GenAi, General, Rpc, Sluice } from '../../../src/telemetry/names.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);

describe('what is deployed beside the gateway', () => {
  it.each([
    ['grafana/sluice.json', (text: string) => queriesOf(JSON.parse(text).panels.flatMap(targetsOf))],
    ['prometheus/alerts.yaml', (text: string) => queriesOf(parse(text).groups.flatMap(rulesOf))],
  ])('asks in %s only for metrics and labels that exist', (file, readQueries) => {
    const queries = readQueries(readFileSync(new URL(file, DEPLOY), 'utf8'));
    const asked = queries.flatMap((query) => query.match(/\b(?:rpc|gen_ai|sluice|nodejs)_\w+/g) ?? []);

    expect(asked.length).toBeGreaterThan(3);
    expect(asked.map(withoutSuffix).filter((name) => !KNOWN.has(name))).toEqual([]);
  });
});

const KNOWN = new Set(
  [General, GenAi, Rpc, Sluice]
    .flatMap((group) => Object.values(group))
    .map((name) => name.replaceAll('.', '_')),
);

function withoutSuffix(name: string): string {
  return name.replace(/_(?:total|bucket|count|sum)$/, '');
}

function queriesOf(queries: { expr: string }[]): string[] {
  return queries.map(({ expr }) => expr);
}

function targetsOf({ targets }: { targets: { expr: string }[] }): { expr: string }[] {
  return targets;
}

function rulesOf({ rules }: { rules: { expr: string }[] }): { expr: string }[] {
  return rules;
}
