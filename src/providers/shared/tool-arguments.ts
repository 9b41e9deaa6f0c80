import { isObject, parseCallersObject } from './json.ts';

/** Arguments of a tool call as JSON text. A tool without parameters is called with an empty object, never with nothing. */
export function argumentsText(json: string | undefined): string {
  return json === undefined || json.trim() === '' ? '{}' : json;
}

/** Arguments that a vendor gives as an object, as JSON text with its keys in their order. Some proxies have made it a text. */
export function argumentsFromObject(value: unknown): string {
  if (typeof value === 'string') return argumentsText(value);
  return isObject(value) ? JSON.stringify(value) : '{}';
}

/** Arguments as the object that some vendors want back, or throws INVALID_REQUEST for `field`. */
export function argumentsToObject(json: string, field: string): Record<string, unknown> {
  return parseCallersObject(argumentsText(json), field);
}
