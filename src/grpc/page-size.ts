import { invalidRequest } from '../completion/error.ts';

const defaultPageSize = 100;
const largestPageSize = 1_000;

/**
 * How many items a page holds: as many as were asked for, 100 where nothing is said, 1,000 at most.
 *
 * @throws GatewayError INVALID_REQUEST
 */
export function pageSizeOf(pageSize: number): number {
  if (pageSize < 0)
    throw invalidRequest('page_size', `is ${pageSize}, not at least 1; 0 stands for ${defaultPageSize}`);
  return Math.min(pageSize || defaultPageSize, largestPageSize);
}
