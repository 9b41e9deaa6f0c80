import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { grpcurlFile } from '../support/grpcurl.ts';

// The lines of the README and of docs/accounts.md, pasted into a shell; only the port is another one.

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'docs/accounts.md']
  .map((page) => readFileSync(join(root, page), 'utf8'))
  .join('\n');
const lines = [...pages.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(grpcurl|npx buf)/.test(line)),
);

/** What each line is expected to print. A line that is not here is a line that nobody has thought about. */
const expected: [RegExp, RegExp][] = [
  [/-H "authorization: Bearer \$SLUICE_KEY" .*\/Complete$/, /"finishReason": "FINISH_REASON_STOP"/],
  [
    /"demo","prompt":"hello"\}' \S+ sluice\.v1\.CompletionService\/Complete$/,
    /"finishReason": "FINISH_REASON_STOP"/,
  ],
  [
    /grpcurl .*"demo","prompt":"hello".*CACHE_MODE_BYPASS.*\/StreamComplete$/,
    /"sequence": "3"[\s\S]*"finished": \{/,
  ],
  [/demo\/break-9.*\/StreamComplete$/, /"failedOver": \{[\s\S]*"provider": "demo"[\s\S]*"finished": \{/],
  [/buf curl .*\/StreamComplete$/, /"sequence":\s*"3"[\s\S]*"finished":/],
  [/ list$/, /^sluice\.v1\.CompletionService$/m],
  [/ describe sluice\.v1\.CompleteRequest$/, /\/\/ Required\. An alias from the gateway's configuration/],
  [/ListModels$/, /"name": "demo"/],
  [/ListProviders$/, /"circuit": "CIRCUIT_STATE_CLOSED"/],
  [/EmbeddingService\/Embed$/, /"embeddings": \[[\s\S]*"values": \[/],
  [/ModelService\/CountTokens$/, /"inputTokens": \d+/],
  [/AdminService\/CheckProvider$/, /"models": \[/],
  [/UsageService\/ListUsageRecords$/, /"records": \[[\s\S]*"key": "checkout"/],
  [/UsageService\/GetBudget$/, /"scope": "key:checkout"/],
  [/UsageService\/SummarizeUsage$/, /"summaries": \[[\s\S]*"callCount": "\d+"/],
  [/Health\/Check$/, /"status": "SERVING"/],
  [
    /demo\/fail-503/,
    /"@type": "type\.googleapis\.com\/sluice\.v1\.ProviderFailure"[\s\S]*"reason": "PROVIDER_UNAVAILABLE"/,
  ],
];

const key = 'the-key-of-checkout';
let gateway: Gateway;
/** Where a call needs its key. */
let guarded: Gateway;
let grpcurl: string | undefined;

beforeAll(async () => {
  gateway = await startGateway();
  const budgets = [{ amount: 500, per: 'month' }];
  guarded = await startGateway({ keys: [{ name: 'checkout', sha256: hash('sha256', key), budgets }] });
  grpcurl = await grpcurlFile();
}, 300_000);
afterAll(() => Promise.all([gateway[Symbol.asyncDispose](), guarded[Symbol.asyncDispose]()]));

async function paste(line: string): Promise<string> {
  const { address } = line.includes('$SLUICE_KEY') ? guarded : gateway;
  const shell = `grpcurl() { "$GRPCURL" "$@"; }; ${line.replaceAll('127.0.0.1:50051', address)}`;
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`;
  const env = { ...process.env, PATH: path, GRPCURL: grpcurl, SLUICE_KEY: key };
  const result = await promisify(execFile)('bash', ['-c', shell], { cwd: root, env }).catch((error) => error);
  return `${result.stdout}\n${result.stderr}`;
}

describe('the README', () => {
  it('has no line that is not tested here, and each expectation has its line', () => {
    expect(lines.filter((line) => !expected.some(([pattern]) => pattern.test(line)))).toEqual([]);
    expect(expected.filter(([pattern]) => !lines.some((line) => pattern.test(line)))).toEqual([]);
  });

  it.for(lines)('%s', async (line, { skip }) => {
    skip(line.startsWith('grpcurl') && grpcurl === undefined, 'grpcurl cannot be had on this machine');
    const [, output] = expected.find(([pattern]) => pattern.test(line)) ?? [];
    expect(await paste(line)).toMatch(output ?? /$^/);
  });
});
