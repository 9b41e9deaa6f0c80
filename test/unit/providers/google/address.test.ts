import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../../src/providers/google/address.ts';

const EXPRESS = 'https://aiplatform.googleapis.com';
const PROJECT = 'https://europe-west4-aiplatform.googleapis.com/v1beta1/projects/p/locations/europe-west4';

describe('an address of Google', () => {
  it.each([
    ['https://generativelanguage.googleapis.com', 'm', false],
    ['https://generativelanguage.googleapis.com/v1beta', 'm', false],
    ['https://proxy.example/v1/gemini', 'm', false],
    [EXPRESS, 'publishers/google/models/m', true],
    [`${EXPRESS}/v1/publishers/google`, 'publishers/google/models/m', true],
    [`${PROJECT}/publishers/google`, 'projects/p/locations/europe-west4/publishers/google/models/m', true],
    ['https://aiplatform.eu.rep.googleapis.com', 'publishers/google/models/m', true],
    ['http://127.0.0.1:1/v1/publishers/google', 'publishers/google/models/m', true],
  ])('%s knows its models as %s', (baseUrl, path, vertex) => {
    const address = addressOf(baseUrl);
    expect([address.modelPath('m'), address.vertex]).toEqual([path, vertex]);
  });

  it.each([
    ['models/m', 'publishers/google/models/m'],
    ['projects/p/locations/l/endpoints/7', 'projects/p/locations/l/endpoints/7'],
    ['a?b#c', 'publishers/google/models/a%3Fb%23c'],
  ])('of Vertex knows the model %s as %s', (model, path) => {
    expect(addressOf(EXPRESS).modelPath(model)).toBe(path);
  });

  it.each(['..', 'a/../../b', 'a/./b', 'a//b', '/b', 'b/', ''])('has no model named "%s"', (model) => {
    for (const baseUrl of ['https://g', EXPRESS]) {
      expect(() => addressOf(baseUrl).modelPath(model)).toThrow(
        'model: Google has none whose name cannot be part of an address.',
      );
    }
  });

  it.each([
    ['https://g', 'https://g/v1beta/models?pageSize=1000'],
    ['https://g/v1', 'https://g/v1/models?pageSize=1000'],
    [EXPRESS, `${EXPRESS}/v1beta1/publishers/google/models?pageSize=100`],
    [
      `${PROJECT}/publishers/google`,
      'https://europe-west4-aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=100',
    ],
  ])('%s lists its models at %s', (baseUrl, url) => {
    const { modelsUrl } = addressOf(baseUrl);
    expect([modelsUrl(undefined), modelsUrl('a=b&c')]).toEqual([url, `${url}&pageToken=a%3Db%26c`]);
  });

  it('has the methods of Vertex that the SDK does not know below the model', () => {
    expect(addressOf(`${PROJECT}/publishers/google`).vertexUrl('m', 'predict')).toBe(
      `${PROJECT}/publishers/google/models/m:predict`,
    );
  });
});
