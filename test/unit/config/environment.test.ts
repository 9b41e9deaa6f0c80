import { expect, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../../src/config/environment.ts';

it('is a snapshot, which later changes do not reach', () => {
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  vi.stubEnv('SLUICE_CONFIG', 'before.yaml');
  const { variables } = readEnvironment();
  vi.stubEnv('SLUICE_CONFIG', 'after.yaml');
  expect(variables).toMatchObject({ SLUICE_CONFIG: 'before.yaml' });
});
