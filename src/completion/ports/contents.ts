import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import type { Call, Caller, EmbeddingCall } from './call.ts';
import type { Route } from './route.ts';

/** Looks after what is said to providers and what they answer, as the policies of key and model say. */
export interface Contents {
  /**
   * The request as a provider may see it.
   *
   * @throws GatewayError as {@link Contents.guard}
   */
  screen(request: CompleteRequest, caller: Caller): CompleteRequest;
  /**
   * The route of a completion by which nothing goes to a provider, or comes back, that may not.
   *
   * @throws GatewayError INVALID_REQUEST or CONTENT_BLOCKED, where the request itself may not be sent.
   */
  guard(call: Call, route: Route): GuardedRoute;
  /**
   * The same for texts that are embedded.
   *
   * @throws GatewayError INVALID_REQUEST
   */
  guardEmbedding(call: EmbeddingCall, route: Route): Route;
}

export interface GuardedRoute extends Route {
  /** The policies as a text, for they can change an answer; empty where there are none. */
  readonly contentPolicy: string;
}
