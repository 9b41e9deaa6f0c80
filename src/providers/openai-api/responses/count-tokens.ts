import { type JsonObject, numberAt } from '../../shared/json.ts';
import type { MappedRequest } from '../completion-api.ts';

/** Maps a request to the question how many tokens it holds: what of it makes up the input. */
export function mapCountRequest({ body }: MappedRequest): object {
  return Object.fromEntries(Object.entries(body).filter(([member]) => COUNTED.has(member)));
}

/** The endpoint refuses members that it does not know. */
const COUNTED = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'conversation',
  'previous_response_id',
  'truncation',
]);

/** Maps its answer. */
export function mapCount(answer: JsonObject): number | undefined {
  return numberAt(answer, 'input_tokens');
}
