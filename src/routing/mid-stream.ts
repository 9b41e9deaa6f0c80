import type { Call } from '../completion/ports/call.ts';
import type { ExecutionConfig } from '../config/config.ts';
import { MidStreamPolicy } from '../gen/sluice/v1/execution.ts';
import type { Target } from './target.ts';

/** What to do when a stream breaks after content was shown: as the request says, otherwise as configured. */
export function midStreamPolicy(
  { request: { execution: said } }: Call,
  { execution }: Pick<Target, 'execution'>,
): ExecutionConfig['midStream'] {
  switch (said?.midStream) {
    case MidStreamPolicy.FAIL:
      return 'fail';
    case MidStreamPolicy.RESTART:
      return 'restart';
    case MidStreamPolicy.CONTINUE:
      return 'continue';
    default:
      return execution.midStream;
  }
}
