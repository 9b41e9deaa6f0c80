import type { Warning } from '../../gen/sluice/v1/completion_service.ts';

/** Tells that a field of the request was left out, and why. */
export function dropped(field: string, why: string): Warning {
  return { code: 'PARAMETER_DROPPED', field, message: `${field} was dropped, since ${why}.` };
}

/** Tells what was made of a field of the request that could not be had as it was. */
export function clamped(field: string, message: string): Warning {
  return { code: 'PARAMETER_CLAMPED', field, message };
}
