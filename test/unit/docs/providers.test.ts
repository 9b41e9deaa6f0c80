import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { providerTable, withTable } from '../../../docs/generate-providers.ts';

it('docs/providers.md shows what the adapters declare; `npm run docs` writes it anew', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/providers.md'), 'utf8');
  expect(page).toBe(withTable(page, await providerTable()));
});
