import { describe, expect, it } from 'vitest';
import { azureAddress } from '../../../../src/providers/azure-openai/address.ts';

describe('the address of a resource', () => {
  it.each([
    ['https://my.openai.azure.com', undefined, 'https://my.openai.azure.com/openai/v1', 'v1'],
    ['https://my.openai.azure.com/', undefined, 'https://my.openai.azure.com/openai/v1', 'v1'],
    ['https://my.openai.azure.com/openai', undefined, 'https://my.openai.azure.com/openai/v1', 'v1'],
    ['https://my.openai.azure.com/openai/v1/', undefined, 'https://my.openai.azure.com/openai/v1', 'v1'],
    [
      'https://my.openai.azure.com/openai/v1',
      '2025-04-01-preview',
      'https://my.openai.azure.com/openai/v1',
      'v1',
    ],
    ['https://my.openai.azure.com', '2024-10-21', 'https://my.openai.azure.com/openai', 'deployments'],
    [
      'https://my.openai.azure.com/openai/',
      '2024-10-21',
      'https://my.openai.azure.com/openai',
      'deployments',
    ],
    ['https://proxy:8443/azure', '2024-10-21', 'https://proxy:8443/azure', 'deployments'],
    [
      'https://my.services.ai.azure.com/models',
      '2024-05-01-preview',
      'https://my.services.ai.azure.com/models',
      'models',
    ],
  ] as const)('%s, version %s', (baseUrl, apiVersion, completed, style) => {
    expect(azureAddress(baseUrl, apiVersion)).toEqual({ baseUrl: completed, style });
  });
});
