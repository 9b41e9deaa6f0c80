import { describe, expect, it } from 'vitest';
import { serverAt } from '../../../../src/providers/huggingface/server.ts';

describe('a base URL', () => {
  it('is that of the router where none is said', () => {
    expect(serverAt(undefined)).toEqual({ is: 'router', openAiUrl: 'https://router.huggingface.co/v1' });
    expect(serverAt('https://router.huggingface.co/v1/')).toEqual(serverAt(undefined));
  });

  it.each([
    'http://127.0.0.1:8080/v1',
    'http://127.0.0.1:8080/v1/',
    'https://router.huggingface.co/together/v1',
  ])('is that of OpenAI’s API with a version at its end: %s', (baseUrl) => {
    expect(serverAt(baseUrl)).toEqual({
      is: 'openai-compatible',
      openAiUrl: baseUrl.replace(/\/$/, ''),
    });
  });

  it.each(['http://127.0.0.1:8080', 'https://abc.us-east-1.aws.endpoints.huggingface.cloud/'])(
    'is that of a server with its own way to be asked otherwise: %s',
    (baseUrl) => {
      const url = baseUrl.replace(/\/$/, '');
      expect(serverAt(baseUrl)).toEqual({ is: 'endpoint', url, openAiUrl: `${url}/v1` });
    },
  );
});
