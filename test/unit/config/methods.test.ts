import { expect, it } from 'vitest';
import { adminMethods, methods } from '../../../src/config/methods.ts';
import { methodsOfContract } from '../../support/contract.ts';

it('the configuration knows the methods of the contract', () => {
  expect([...methods].sort()).toEqual(methodsOfContract.map(({ method }) => method).sort());
  expect([...adminMethods].sort()).toEqual(
    methodsOfContract
      .filter(({ service }) => service === 'AdminService')
      .map(({ method }) => method)
      .sort(),
  );
});
