import { describe, expect, it } from 'vitest';
import { type ContentConfig, noContentPolicy } from '../../../src/config/config.ts';
import { combinePolicies } from '../../../src/content/policy.ts';

const policy = (said: Partial<ContentConfig>): ContentConfig => ({ ...noContentPolicy, ...said });

describe('policies of key and model together', () => {
  it('are none where nobody says anything', () => {
    expect(combinePolicies([noContentPolicy, noContentPolicy])).toBeUndefined();
  });

  it('redact what either redacts, and hold to the stricter of their limits', () => {
    const key = policy({
      redact: ['secret', 'phone'],
      phoneRegion: 'FR',
      maxInputBytes: 10,
      injection: 'flag',
      injectionThreshold: 0.6,
    });
    const model = policy({
      redact: ['email', 'phone'],
      phoneRegion: 'DE',
      maxInputBytes: 20,
      injection: 'block',
      repairJson: true,
    });
    const together = {
      redact: ['email', 'phone', 'secret'],
      phoneRegions: ['DE', 'FR'],
      restore: false,
      maxInputBytes: 10,
      injection: 'block',
      injectionThreshold: 0.6,
      repairJson: true,
    };
    expect(combinePolicies([key, model])).toEqual(together);
    expect(combinePolicies([model, key])).toEqual(together);
  });

  it('put values back only where all that redact allow it', () => {
    const back = policy({ redact: ['email'], restore: true });
    expect(combinePolicies([back, policy({ injection: 'flag' })])?.restore).toBe(true);
    expect(combinePolicies([back, policy({ redact: ['card'] })])?.restore).toBe(false);
  });

  it('do not count the threshold of one that does not look', () => {
    const looking = policy({ injection: 'flag', injectionThreshold: 0.9 });
    expect(combinePolicies([looking, policy({ redact: ['email'] })])?.injectionThreshold).toBe(0.9);
  });
});
