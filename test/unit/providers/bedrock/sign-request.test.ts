import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { describe, expect, it } from 'vitest';
import { createRequestSigner, escapeText } from '../../../../src/providers/bedrock/sign-request.ts';

const AT = new Date('2025-03-04T05:06:07.890Z');
const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

describe('signing a request', () => {
  it.each([
    [
      'a completion',
      '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
      {},
      '{"messages":[]}',
      {},
    ],
    [
      'a name with everything in it',
      `/model/${escapeText("a b/c:d'(e)*!ü%")}/converse`,
      {},
      '{"text":"Grüße"}',
      {},
    ],
    ['a list with a token', '/inference-profiles', { nextToken: 'a+b/c= *', maxResults: '1000' }, '', {}],
    ['a session', '/model/m/converse', {}, '{}', { sessionToken: 'IQoJb3JpZ2luX2VjE//+=' }],
    ['a path of its own before', '/aws/bedrock/model/m/converse', {}, '{}', {}],
  ])('says of %s what the SDK says', async (_what, path, query, body, session) => {
    const credentials = { ...identity, ...session };
    const headers = { host: 'bedrock-runtime.eu-west-1.amazonaws.com', 'content-type': 'application/json' };
    const client = new BedrockRuntimeClient({ region: 'eu-west-1', credentials });
    const scheme = { name: 'sigv4', signingName: 'bedrock', signingRegion: 'eu-west-1', properties: {} };
    const wanted = await (await client.config.signer(scheme)).sign(
      {
        method: 'POST',
        protocol: 'https:',
        hostname: headers.host,
        path,
        query,
        headers,
        ...(body && { body }),
      },
      { signingDate: AT },
    );
    const sent = Object.entries<string>(query)
      .map(([key, value]) => `${key}=${escapeText(value)}`)
      .sort()
      .join('&');
    const sign = createRequestSigner({ region: 'eu-west-1' });
    expect(sign({ method: 'POST', path, query: sent, headers, body }, credentials, AT)).toEqual(
      wanted.headers,
    );
  });

  it('takes another key, and another day, for what they are', () => {
    const request = {
      method: 'POST',
      path: '/model/m/converse',
      query: '',
      headers: { host: 'x' },
      body: '{}',
    };
    const other = { ...identity, secretAccessKey: 'another' };
    const tomorrow = new Date(AT.getTime() + 86_400_000);
    const reused = createRequestSigner({ region: 'eu-west-1' });
    const turns = [
      [identity, AT],
      [other, AT],
      [identity, tomorrow],
      [identity, AT],
    ] as const;
    expect(turns.map(([key, at]) => reused(request, key, at))).toEqual(
      turns.map(([key, at]) => createRequestSigner({ region: 'eu-west-1' })(request, key, at)),
    );
  });
});
