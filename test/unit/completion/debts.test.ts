import { describe, expect, it } from 'vitest';
import { createDebts } from '../../../src/completion/debts.ts';
import type { Policy } from '../../../src/completion/ports/policy.ts';
import { CompleteResponse } from '../../../src/gen/sluice/v1/completion_service.ts';
import { aCall, aRoute } from '../../support/builders.ts';

describe('Debts', () => {
  it('are owed at once where every policy answers at once', async () => {
    const books = watched();
    expect(books.debts.admit([books.policy('a'), books.policy('b')], aRoute())).toBeUndefined();
    expect(books.seen).toEqual(['admit a', 'admit b']);
    await books.settle();
    expect(books.seen.slice(2)).toEqual(['settle b', 'settle a']);
  });

  it('wait for a policy that needs time, and ask the next one only then', async () => {
    const books = watched();
    const waiting = Promise.withResolvers<void>();
    const admitted = books.debts.admit(
      [books.policy('a'), books.policy('b', waiting.promise), books.policy('c')],
      aRoute(),
    );
    await Promise.resolve();
    expect(books.seen).toEqual(['admit a', 'admit b']);
    waiting.resolve();
    await admitted;
    expect(books.seen).toEqual(['admit a', 'admit b', 'admit c']);
    await books.settle();
    expect(books.seen.slice(3)).toEqual(['settle c', 'settle b', 'settle a']);
  });

  it.each(['at once', 'later'])(
    'are paid for what was admitted before a refusal that comes %s',
    async (when) => {
      const books = watched();
      const refusal = new Error('full');
      const refusing: Policy = {
        name: 'full',
        admit() {
          if (when === 'later') return Promise.reject(refusal);
          throw refusal;
        },
      };
      await expect(
        (async () =>
          books.debts.admit([books.policy('a', Promise.resolve()), refusing, books.policy('b')], aRoute()))(),
      ).rejects.toBe(refusal);
      await books.settle();
      expect(books.seen).toEqual(['admit a', 'settle a']);
    },
  );
});

function watched() {
  const seen: string[] = [];
  const call = aCall();
  const debts = createDebts(call);
  return {
    seen,
    debts,
    settle: () => debts.settle({ ending: 'finished', answer: CompleteResponse.fromPartial({}) }),
    policy(name: string, waiting?: Promise<void>): Policy {
      const settle = () => void seen.push(`settle ${name}`);
      return {
        name,
        admit() {
          seen.push(`admit ${name}`);
          return waiting === undefined ? settle : waiting.then(() => settle);
        },
      };
    },
  };
}
