import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../../src/grpc/listener.ts';

describe('the loopback', () => {
  it.each(['127.0.0.1:50051', '127.8.8.8:1', '[::1]:50051', 'localhost:0'])('is where %s is', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(['0.0.0.0:50051', '[::]:50051', '10.0.0.1:1', '127.example.com:1', 'localhost.example.com:1'])(
    'is not where %s is',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});
