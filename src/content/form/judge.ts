import {
  type CompleteRequest,
  type CompleteResponse,
  FinishReason,
} from '../../gen/sluice/v1/completion_service.ts';
import type { Check, Misfit, Schemas } from './schemas.ts';

/** Says what is wrong with the form of a whole answer; nothing, where it is right or is not to be judged. */
export type Judge = (answer: Pick<CompleteResponse, 'message' | 'finishReason'>) => Misfit[];

/**
 * Creates a judge of answers to a request; undefined where the form of an answer is free.
 *
 * @throws GatewayError INVALID_REQUEST for a schema that is none.
 */
export function createJudge({ responseFormat }: CompleteRequest, schemas: Schemas): Judge | undefined {
  const format = responseFormat?.format;
  switch (format?.$case) {
    case 'jsonObject':
      return judgeBy(checkObject);
    case 'jsonSchema':
      return judgeBy(schemas.compile(format.value.schema));
    default:
      return undefined;
  }
}

function judgeBy(check: Check): Judge {
  return ({ message, finishReason }) => {
    const parts = message?.parts ?? [];
    // What was cut short, refused or interrupted by a tool call is not meant to be whole, and says so itself.
    const isWhole = finishReason === FinishReason.STOP;
    if (!isWhole || parts.some(({ part }) => part?.$case === 'toolCall' || part?.$case === 'refusal'))
      return [];
    const text = parts.map(({ part }) => (part?.$case === 'text' ? part.value : '')).join('');
    const parsed = parse(text);
    return parsed === undefined ? [notJson] : check(parsed.value);
  };
}

const notJson: Misfit = { path: '', keyword: 'json', wanted: 'must be JSON and nothing else' };

function checkObject(value: unknown): Misfit[] {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? [] : [{ path: '', keyword: 'type', wanted: 'must be object' }];
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
