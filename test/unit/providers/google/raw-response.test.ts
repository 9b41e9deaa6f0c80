import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interceptFetch, rawResponse } from '../../../../src/providers/google/raw-response.ts';

const original = globalThis.fetch;
const server = createServer((request, response) => response.end(`real ${request.url}`));
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  interceptFetch();
});

afterAll(async () => {
  globalThis.fetch = original;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Calls the global `fetch` as the SDK does: after a few turns, and then waits for what it answers. */
async function sdkCall(path: string): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return fetch(`${url}${path}`, { method: 'POST', body: path });
}

const echo = async (address: string, init: RequestInit) =>
  new Response(`ours ${address} ${init.method} ${init.body}`);

describe('getting the raw response of an SDK call', () => {
  it('sends the request that the SDK would send, by our own means', async () => {
    const response = await rawResponse(() => sdkCall('/a'), echo);
    expect(await response.text()).toBe(`ours ${url}/a POST /a`);
  });

  it('passes on what our own means throw, as it is', async () => {
    const reset = new TypeError('terminated');
    await expect(
      rawResponse(
        () => sdkCall('/a'),
        () => Promise.reject(reset),
      ),
    ).rejects.toBe(reset);
  });

  it('passes on what the SDK throws before it asks', async () => {
    const refused = new Error('no');
    await expect(rawResponse(() => Promise.reject(refused), echo)).rejects.toBe(refused);
  });

  it('does not wait for ever on an SDK that asks by other means', async () => {
    await expect(rawResponse(async () => 'an answer', echo)).rejects.toThrow('made no request');
  });

  it('keeps calls that run side by side apart, and leaves everybody else their fetch', async () => {
    const ours = ['/a', '/b', '/c'].map(async (path) =>
      (await rawResponse(() => sdkCall(path), echo)).text(),
    );
    const theirs = ['/d', '/e', '/f'].map(async (path) => (await sdkCall(path)).text());
    const mixed = await Promise.all(ours.flatMap((one, index) => [one, theirs[index]]));
    expect(mixed).toEqual([
      `ours ${url}/a POST /a`,
      'real /d',
      `ours ${url}/b POST /b`,
      'real /e',
      `ours ${url}/c POST /c`,
      'real /f',
    ]);
  });

  it('leaves our own means the real fetch, and what comes after the call', async () => {
    const bySend = await rawResponse(
      () => sdkCall('/a'),
      (address) => fetch(`${address}/sent`),
    );
    expect(await bySend.text()).toBe('real /a/sent');
    expect(await (await fetch(`${url}/after`)).text()).toBe('real /after');
  });

  it('wraps the global fetch once, however many providers there are', () => {
    const wrapped = globalThis.fetch;
    interceptFetch();
    expect(globalThis.fetch).toBe(wrapped);
  });
});
