import { describe, expect, it } from 'vitest';
import { BudgetPeriod } from '../../../src/gen/sluice/v1/usage_service.ts';
import { periodOf } from '../../../src/storage/calendar.ts';

describe('the period of a budget', () => {
  it.each<[BudgetPeriod, string, string, string]>([
    [BudgetPeriod.DAY, '2026-11-27T00:00:00.000Z', '2026-11-27', '2026-11-28T00:00:00.000Z'],
    [BudgetPeriod.DAY, '2026-12-31T23:59:59.999Z', '2026-12-31', '2027-01-01T00:00:00.000Z'],
    [BudgetPeriod.DAY, '2028-02-28T12:00:00.000Z', '2028-02-28', '2028-02-29T00:00:00.000Z'],
    [BudgetPeriod.MONTH, '2026-11-30T23:59:59.999Z', '2026-11', '2026-12-01T00:00:00.000Z'],
    [BudgetPeriod.MONTH, '2026-12-31T23:59:59.999Z', '2026-12', '2027-01-01T00:00:00.000Z'],
    [BudgetPeriod.MONTH, '2028-02-29T00:00:00.000Z', '2028-02', '2028-03-01T00:00:00.000Z'],
  ])('%s at %s is %s, until %s', (period, at, name, end) => {
    expect(periodOf(period, Date.parse(at))).toEqual({ name, endsAt: Date.parse(end) });
  });

  it('is refused where it is none', () => {
    expect(() => periodOf(BudgetPeriod.UNSPECIFIED, 0)).toThrow('expected a day or a month');
  });
});
