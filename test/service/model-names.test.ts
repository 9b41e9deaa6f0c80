import { describe, expect, it } from 'vitest';
import { providerCases } from '../support/every-kind.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { answer, type HttpRequest, startHttpServer } from '../support/http-server.ts';

// A caller may name any model. Where that becomes part of an address, it must lead nowhere else.

const names = [
  '..',
  '.',
  '../..',
  'a/../../b',
  'a/./b',
  '..%2f..%2fb',
  '%2e%2e/b',
  'a//b',
  '/etc',
  '//127.0.0.1:1/b',
  'http://127.0.0.1:1/b',
  'b?key=1',
  'b#fragment',
  '#b',
  '?b',
  'b:generateContent?x#',
  'b\\..\\c',
  '@127.0.0.1:1/b',
  'b\r\nx-injected: 1',
  'b c',
  'b;c',
  'é\u202e',
];

describe.each(providerCases)('a name that means no model to $name', ({ configure, embeddingModel }) => {
  it('is refused, or stays one part of the address that a harmless one has', async () => {
    await using server = await startHttpServer((_, response) => answer(response, 418, { error: 'a teapot' }));
    await using gateway = await startGateway({
      providers: { p: configure(server.url, 'key-for-tests') },
      execution: { maxAttempts: 1 },
      breaker: { volumeThreshold: 1_000_000 },
      cache: { enabled: false },
    });
    const harmless = ['harmless', 'owner/harmless', embeddingModel, `${embeddingModel}/harmless`];
    const addresses: Address[] = [];
    for (const name of harmless) {
      for (const path of await pathsFor(name, gateway, server.requests))
        addresses.push(addressOf(path, name));
    }
    for (const name of [...names, `${embeddingModel}/../../b?c#d`]) {
      for (const path of await pathsFor(name, gateway, server.requests)) {
        const known = addresses.some((address) => isAt(address, path, name));
        expect({ name, path, known, led: leadsElsewhere(path) }).toMatchObject({ known: true, led: false });
      }
    }
    expect(server.requests.some(({ headers }) => 'x-injected' in headers)).toBe(false);
  });
});

/** What stands around a name in a path; the name is not in it where there is nothing after it. */
interface Address {
  before: string;
  after: string | undefined;
}

/** Where requests for the model go. */
async function pathsFor(name: string, { client }: Gateway, requests: HttpRequest[]): Promise<string[]> {
  const model = `p/${name}`;
  const before = requests.length;
  const request = { model, prompt: 'hello', maxOutputTokens: 9 };
  await client.complete(request).catch(() => {});
  await client
    .stream(request)
    .final()
    .catch(() => {});
  await client.embeddings.embed({ model, texts: ['hello'] }).catch(() => {});
  await client.models.countTokens({ request }).catch(() => {});
  return requests.slice(before).map(({ path }) => path);
}

function addressOf(path: string, name: string): Address {
  // Bedrock counts for models by their last part.
  const spelled = [name, encodeURIComponent(name), name.slice(name.lastIndexOf('/') + 1)];
  const spelling = spelled.find((text) => path.includes(text));
  if (spelling === undefined) return { before: path, after: undefined };
  const at = path.indexOf(spelling);
  return { before: path.slice(0, at), after: path.slice(at + spelling.length) };
}

function isAt({ before, after }: Address, path: string, name: string): boolean {
  if (after === undefined) return path === before;
  if (!path.startsWith(before) || !path.endsWith(after)) return false;
  const said = decodeURIComponent(path.slice(before.length, path.length - after.length));
  return said === name || said === name.slice(name.lastIndexOf('/') + 1);
}

/** Whether somebody on the way could take a path for another one. */
function leadsElsewhere(path: string): boolean {
  if (path === '/') return false;
  const [way = '', ...queries] = path.split('?');
  const parts = way.slice(1).split('/');
  return (
    queries.length > 1 ||
    /[#\\\s]/.test(path) ||
    parts.some((part) => part === '' || /^(\.|%2e){1,2}$/i.test(part))
  );
}
