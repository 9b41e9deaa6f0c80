import type { UsageGroup } from './usage-lines.ts';

/**
 * End users and models are the callers' texts, so that a day could have any number of groups. Up to the first limit, each
 * group of a day has a sum of its own; beyond it, a new one is summed under the end user {@link OTHERS}; and beyond the second,
 * also under that model. Keys and providers are the configuration's, hence few.
 */
export const GROUP_LIMITS = [100_000, 110_000] as const;

/** Stands for the end users, and models, of a day that had too many to tell them apart. */
const OTHERS = '(others)';

/** How many groups a line may be summed under: its own, and one for each limit. The last one always takes it. */
export const GROUP_CHOICES = GROUP_LIMITS.length + 1;

/** The n-th group that a line may be summed under. */
export function groupFor({ key, provider, model, endUser }: UsageGroup, choice: number): string {
  if (choice === 0) return JSON.stringify([key, provider, model, endUser]);
  return JSON.stringify([key, provider, choice === 1 ? model : OTHERS, OTHERS]);
}

/** The reverse of {@link groupFor}. Throws where the text is no group. */
export function groupOf(text: string): UsageGroup {
  const [key, provider, model, endUser] = JSON.parse(text);
  return { key, provider, model, endUser };
}
