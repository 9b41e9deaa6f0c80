// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files are written

import type { ProviderKind } from './config.ts';
import { ollamaBaseUrl } from './ollama-host.ts';

type Variables = Readonly<Record<string, string>>;

/** The providers that the environment says enough of, each under its kind, as a file would say them. */
export function providersOfEnvironment(variables: Variables): Record<string, unknown> {
  const has = (name: string) => variables[name] !== undefined;
  return Object.fromEntries(
    rules
      .filter(({ needs, andOneOf }) => needs.every(has) && (andOneOf?.some(has) ?? true))
      .map(({ kind, says }) => [kind, { kind, ...says(variables) }]),
  );
}

const rules: readonly {
  kind: ProviderKind;
  needs: readonly string[];
  andOneOf?: readonly string[];
  says: (variables: Variables) => object;
}[] = [
  { kind: 'openai', needs: ['OPENAI_API_KEY'], says: () => ({ apiKey: '${OPENAI_API_KEY}' }) },
  { kind: 'anthropic', needs: ['ANTHROPIC_API_KEY'], says: () => ({ apiKey: '${ANTHROPIC_API_KEY}' }) },
  { kind: 'google', needs: ['GOOGLE_API_KEY'], says: () => ({ apiKey: '${GOOGLE_API_KEY}' }) },
  {
    kind: 'azure-openai',
    needs: ['AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_ENDPOINT'],
    says: () => ({ apiKey: '${AZURE_OPENAI_API_KEY}', baseUrl: '${AZURE_OPENAI_ENDPOINT}' }),
  },
  { kind: 'cohere', needs: ['COHERE_API_KEY'], says: () => ({ apiKey: '${COHERE_API_KEY}' }) },
  {
    kind: 'bedrock',
    needs: ['AWS_REGION'],
    // Many machines have a region and no wish to call models. Which credentials count is AWS's to find out.
    andOneOf: [
      'AWS_ACCESS_KEY_ID',
      'AWS_PROFILE',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_BEARER_TOKEN_BEDROCK',
    ],
    says: () => ({ region: '${AWS_REGION}' }),
  },
  { kind: 'huggingface', needs: ['HF_TOKEN'], says: () => ({ apiKey: '${HF_TOKEN}' }) },
  {
    kind: 'openai-compatible',
    needs: ['OLLAMA_HOST'],
    // What cannot be read is left as it is, so that the fault names the variable.
    says: ({ OLLAMA_HOST: host = '' }) => ({ baseUrl: ollamaBaseUrl(host) ?? '${OLLAMA_HOST}' }),
  },
];
