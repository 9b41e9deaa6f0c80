import type { Usage } from '../../../gen/sluice/v1/usage.ts';
import { type JsonObject, numberAt } from '../../shared/json.ts';
import type { ReadableHeaders } from '../../shared/retry-after.ts';
import { tokensAt, unreportedUsage } from '../../shared/usage.ts';
import { countInHeader } from '../count-in-header.ts';

/** Maps usage. The end of a stream tells both counts; what a whole answer does not, its headers do. */
export function mapUsage(details: JsonObject | undefined, headers?: ReadableHeaders): Usage {
  const input = numberAt(details, 'input_length') ?? countInHeader(headers, 'x-prompt-tokens');
  const output = numberAt(details, 'generated_tokens') ?? countInHeader(headers, 'x-generated-tokens');
  return {
    ...unreportedUsage(),
    inputTokens: tokensAt({ input }, 'input'),
    outputTokens: tokensAt({ output }, 'output'),
    estimated: input === undefined || output === undefined,
  };
}
