import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFile } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { providerKinds } from '../../../src/config/provider-schema.ts';
import { load } from './load.ts';

const path = join(import.meta.dirname, '../../../sluice.example.yaml');
const keys = { OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'a', GOOGLE_API_KEY: 'g' };
const moreKeys = {
  AZURE_OPENAI_API_KEY: 'az',
  COHERE_API_KEY: 'c',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session',
  HF_TOKEN: 'h',
  REDIS_URL: 'redis://h',
};

describe('the example', () => {
  it('loads where the three keys are set, and the defaults it tells are the defaults', () => {
    const { config } = loadConfig({ environment: { variables: { ...keys, SLUICE_CONFIG: path } }, readFile });
    const { server, redis, execution, breaker, retryBudget, cache, auth, usage, telemetry } = load(undefined);
    expect(config).toMatchObject({
      server,
      redis,
      execution,
      breaker,
      retryBudget,
      cache,
      auth,
      keys: [],
      budgets: [],
      usage,
      telemetry,
    });
    expect(config.providers.map(({ name }) => name)).toEqual(['demo', 'openai', 'anthropic', 'gemini']);
    expect([...config.models.keys()]).toEqual(['demo', 'fast', 'smart']);
  });

  it('loads with what is commented out, too', () => {
    const text = readFileSync(path, 'utf8').replaceAll(/^( *)# ( *(?:- )?(?:\{ )?\w+:)/gm, '$1$2');
    const pem = { 'conf/server.crt': 'pem', 'conf/server.key': 'pem', 'conf/ca.crt': 'pem' };
    const config = load(text, { variables: { ...keys, ...moreKeys }, files: pem });
    expect(config).toMatchObject({
      server: {
        tls: { certFile: 'conf/server.crt', keyFile: 'conf/server.key', clientCaFile: 'conf/ca.crt' },
      },
      redis: { urls: ['redis://h'], cluster: false, commandTimeoutMs: 40, keyPrefix: 'sluice' },
      execution: { firstContentTimeoutMs: 30_000 },
      auth: 'none',
      keys: [
        {
          name: 'checkout',
          models: ['fast', 'openai/*'],
          limits: { requestsPerMinute: 600, tokensPerMinute: 200_000, concurrency: 20 },
          budgets: [{ for: 'all' }, { for: 'endUser', amountNanoUsd: 500_000_000 }],
        },
      ],
      budgets: [{ for: 'all', per: 'month' }, { for: 'label' }],
    });
    expect(config.providers[1]?.baseUrl).toBe('https://api.openai.com/v1');
    expect(new Set(config.providers.map(({ kind }) => kind))).toEqual(new Set(providerKinds));
  });
});
