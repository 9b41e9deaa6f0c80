import type { StreamCompleteResponse } from '../../gen/sluice/v1/completion_service.ts';

/** One event of a completion, in the contract's own words. */
export type CompletionEvent = NonNullable<StreamCompleteResponse['event']>;

/**
 * Events that became ready together, such as all that one network read brought. An empty batch says that the
 * provider is alive but has nothing to show yet (a ping, a lifecycle event).
 */
export type CompletionEvents = readonly CompletionEvent[];

/**
 * Shows events to the caller. A promise asks to wait, until the caller has caught up or left; it never rejects, and
 * nothing is thrown: a caller that is gone has aborted the call.
 */
export type Show = (events: CompletionEvents) => Promise<void> | undefined;
