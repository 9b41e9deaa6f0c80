import { describe, expect, it } from 'vitest';
import { createAvailability } from '../../../src/storage/redis/availability.ts';

describe('the availability of Redis', () => {
  it('permits commands until three in a row were not answered', () => {
    const { availability } = create();
    fail(availability, 2);
    expect(availability.permits()).toBe(true);
    fail(availability, 1);
    expect(availability.permits()).toBe(false);
  });

  it('counts commands that were under way together as one', () => {
    const { availability, pass } = create();
    const sentAt = 1_000_000;
    pass(40);
    for (let n = 0; n < 100; n += 1) availability.failed(sentAt + (n % 40));
    expect(availability.permits()).toBe(true);
    availability.failed(sentAt + 41);
    availability.failed(sentAt + 41);
    expect(availability.permits()).toBe(false);
  });

  it('counts from the beginning after an answer', () => {
    const { availability } = create();
    fail(availability, 2);
    availability.answered();
    fail(availability, 2);
    expect(availability.permits()).toBe(true);
  });

  it('permits one trial after a while, and everything once that is answered', () => {
    const { availability, pass } = create();
    fail(availability, 3);
    pass(249);
    expect(availability.permits()).toBe(false);
    pass(1);
    expect([availability.permits(), availability.permits()]).toEqual([true, false]);
    availability.answered();
    expect([availability.permits(), availability.permits()]).toEqual([true, true]);
  });

  it('waits again after a trial that failed', () => {
    const { availability, pass } = create();
    fail(availability, 3);
    pass(250);
    expect(availability.permits()).toBe(true);
    fail(availability, 1);
    expect(availability.permits()).toBe(false);
    pass(250);
    expect(availability.permits()).toBe(true);
  });

  it('is not changed by what commands sent earlier come to meanwhile', () => {
    const { availability, pass } = create();
    fail(availability, 3);
    pass(200);
    fail(availability, 1);
    availability.answered();
    expect(availability.permits()).toBe(false);
    pass(50);
    expect(availability.permits()).toBe(true);
  });
});

function create() {
  let time = 1_000_000;
  return {
    availability: createAvailability({ now: () => time }),
    pass: (ms: number) => {
      time += ms;
    },
  };
}

function fail(availability: ReturnType<typeof createAvailability>, times: number): void {
  for (let n = 0; n < times; n++) availability.failed(Number.POSITIVE_INFINITY);
}
