import { describe, expect, it } from 'vitest';
import { welcome } from '../../../src/config/welcome.ts';
import { load } from './load.ts';

const addresses = { address: '0.0.0.0:50051', metricsAddress: undefined };
const key = (name: string, digit: string) => `{ name: ${name}, sha256: ${`${digit}a`.repeat(32)} }`;

describe('the welcome', () => {
  it.each([
    ['', 'anyone on this machine'],
    ['auth: none', 'anyone'],
    [`auth: none\nkeys: [${key('a', '1')}]`, 'anyone'],
    [`keys: [${key('a', '1')}]`, 'one with a key'],
    [`keys: [${key('a', '1')}, ${key('b', '2')}]`, '2 with keys'],
  ])('says who may call: %j', (yaml, callers) => {
    expect(welcome(load(yaml), addresses)).toContain(`  callers    ${callers}\n`);
  });

  it('has lines to paste, with a key where one is needed', () => {
    const paste = (yaml: string) => /^ {2}grpcurl .*\/Complete$/m.exec(welcome(load(yaml), addresses))?.[0];
    const rest = `-d '{"model":"demo","prompt":"hello"}' 127.0.0.1:50051 sluice.v1.CompletionService/Complete`;
    expect(paste('')).toBe(`  grpcurl -plaintext ${rest}`);
    expect(paste(`keys: [${key('a', '1')}]`)).toBe(
      `  grpcurl -plaintext -H "authorization: Bearer $SLUICE_KEY" ${rest}`,
    );
  });
});
