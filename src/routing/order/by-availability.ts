import type { Asked, Choice } from './ordering.ts';

/** Parts the targets, each part in its order. Where none is available, all count as if they were. */
export function byAvailability<Target>(
  { targets, isAvailable }: Choice<Target>,
  request: Asked,
): { available: readonly Target[]; away: readonly Target[] } {
  const available = targets.filter((target) => isAvailable(target, request));
  if (available.length === 0 || available.length === targets.length) return { available: targets, away: [] };
  return { available, away: targets.filter((target) => !available.includes(target)) };
}
