import { createClient, textOf } from '@sluice/client';
import { createFakeGateway, type FakeEvent } from '@sluice/client/testing';
import { describe, expect, it } from 'vitest';

describe('createFakeGateway', () => {
  it('answers completions of both kinds without being told what', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });

    expect(await client.stream({ model: 'fast' }).text()).toBe(
      textOf(await client.complete({ model: 'fast' })),
    );
  });

  it('says which script is missing', async () => {
    await using gateway = await createFakeGateway();
    await using client = createClient({ address: gateway.address });

    await expect(client.admin.purgeCache()).rejects.toMatchObject({
      status: 'UNIMPLEMENTED',
      message: expect.stringContaining('purgeCache'),
    });
  });

  it('says what is wrong with a script that throws', async () => {
    await using gateway = await createFakeGateway({
      complete: () => {
        throw new Error('no such fixture');
      },
      async *stream(): AsyncGenerator<FakeEvent> {
        yield { $case: 'started', value: {} };
        throw new Error('no such event');
      },
    });
    await using client = createClient({ address: gateway.address });

    await expect(client.complete({ model: 'fast' })).rejects.toMatchObject({
      status: 'INTERNAL',
      message: expect.stringContaining('no such fixture'),
    });
    await expect(client.stream({ model: 'fast' }).text()).rejects.toMatchObject({
      status: 'INTERNAL',
      message: expect.stringContaining('no such event'),
    });
  });

  it('notes what it received', async () => {
    await using gateway = await createFakeGateway({ getBudget: {} });
    await using client = createClient({ address: gateway.address });

    await client.usage.getBudget({ key: 'checkout' }, { timeoutMs: Number.POSITIVE_INFINITY });

    expect(gateway.calls).toMatchObject([
      { method: 'GetBudget', request: { key: 'checkout' }, deadline: Number.POSITIVE_INFINITY },
    ]);
  });

  it('cuts what is running when it is closed', async () => {
    const gateway = await createFakeGateway({
      async *stream(): AsyncGenerator<FakeEvent> {
        yield { $case: 'started', value: {} };
        await new Promise(() => {});
      },
    });
    await using client = createClient({ address: gateway.address });
    const events = client.stream({ model: 'fast' })[Symbol.asyncIterator]();
    await events.next();

    gateway.close();
    gateway.close();

    await expect(events.next()).rejects.toMatchObject({ name: 'SluiceError' });
  });
});
