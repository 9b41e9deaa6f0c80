import { describe, expect, it } from 'vitest';
import { createKnownModels } from '../../../src/telemetry/known-models.ts';

describe('known models', () => {
  it('have a label of their own once configured or answered', () => {
    const known = createKnownModels();
    known.configured(['fast']);
    known.answered('openai/gpt-5');

    expect(['fast', 'openai/gpt-5', 'made-up'].map(known.label)).toEqual(['fast', 'openai/gpt-5', '_OTHER']);
  });

  it('never outgrow the limit by answering, while configured ones always have room', () => {
    const known = createKnownModels(2);
    for (const name of ['a', 'b', 'c']) known.answered(name);
    known.configured(['d', 'e', 'f']);

    expect(['a', 'b', 'c', 'd', 'e', 'f'].map(known.label)).toEqual(['a', 'b', '_OTHER', 'd', 'e', 'f']);
  });
});
