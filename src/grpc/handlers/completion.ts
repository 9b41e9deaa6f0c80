import type { Completion } from '../../completion/complete.ts';
import { encodeMessage } from '../../completion/encode-message.ts';
import type { Call, Now } from '../../completion/ports.ts';
import {
  type CompleteRequest,
  CompleteResponse,
  CompletionServiceService,
  StreamCompleteResponse,
} from '../../gen/sluice/v1/completion_service.ts';
import { CacheStatus } from '../../gen/sluice/v1/execution.ts';
import type { Authenticate } from '../../policy/authenticate.ts';
import { bindService, type Service } from '../bind-service.ts';
import { coalesce } from '../coalesce.ts';
import type { RpcContext } from '../rpc.ts';

/** The generated definition, but for the writing of responses: the generated code copies each twice. */
const definition = {
  complete: {
    ...CompletionServiceService.complete,
    responseSerialize: (response: CompleteResponse) => encodeMessage(CompleteResponse, response),
  },
  streamComplete: {
    ...CompletionServiceService.streamComplete,
    responseSerialize: (response: StreamCompleteResponse) => encodeMessage(StreamCompleteResponse, response),
  },
};

/** Serves CompletionService: one flow, shown as it goes or folded. */
export function completionService({
  completion,
  authenticate,
  newId,
  now,
}: {
  completion: Completion;
  authenticate: Authenticate;
  newId: () => string;
  now: Now;
}): Service {
  return bindService(definition, {
    async complete(request: CompleteRequest, context: RpcContext): Promise<CompleteResponse> {
      const run = completion.run(beginCall(request, context, false));
      for (;;) {
        const step = await run.next();
        if (step.done) return step.value;
      }
    },

    async *streamComplete(
      request: CompleteRequest,
      context: RpcContext,
    ): AsyncGenerator<StreamCompleteResponse> {
      let sequence = 0;
      for await (const events of completion.run(beginCall(request, context, true))) {
        for (const event of coalesce(events)) {
          sequence += 1;
          yield { sequence, event };
        }
      }
    },
  });

  function beginCall(request: CompleteRequest, context: RpcContext, streamed: boolean): Call {
    const { abort, deadline, telemetry } = context;
    return {
      id: newId(),
      request,
      caller: authenticate(context),
      streamed,
      arrivedAt: now(),
      deadline,
      abort,
      telemetry,
      cacheStatus: CacheStatus.BYPASS,
      attempts: [],
    };
  }
}
