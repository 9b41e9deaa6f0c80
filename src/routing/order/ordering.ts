import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import type { EmbedRequest } from '../../gen/sluice/v1/embedding_service.ts';

/** What a model is asked for: a completion, or vectors. */
export type Asked = CompleteRequest | EmbedRequest;

/**
 * Puts all targets of an alias into the order in which a call asks them. It counts as a call, so it is asked once per
 * call that goes to a provider, and the first target's attempt begins before the next call is ordered.
 */
export type Ordering<Target> = (request: Asked) => readonly Target[];

/** What strategies choose from. */
export interface Choice<Target> {
  /** At least one, in the order of the configuration. */
  targets: readonly Target[];
  /**
   * Whether a target can be asked now, and asked this: its circuit is closed, it has no time to wait out, it has a
   * place. Where none is, the order is as if all were.
   */
  isAvailable(target: Target, request: Asked): boolean;
}
