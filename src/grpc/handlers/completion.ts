import type { Completion } from '../../completion/complete.ts';
import { encodeMessage } from '../../completion/encode-message.ts';
import type { Call } from '../../completion/ports/call.ts';
import type { Now } from '../../completion/ports/now.ts';
import {
  type CompleteRequest,
  CompleteResponse,
  CompletionServiceService,
  StreamCompleteResponse,
} from '../../gen/sluice/v1/completion_service.ts';
import { CacheStatus } from '../../gen/sluice/v1/execution.ts';
import { bindService, type Service } from '../bind-service.ts';
import { coalesce } from '../coalesce.ts';
import type { Current } from '../current.ts';
import type { CallContext } from '../rpc.ts';
import type { Send } from '../serve-stream.ts';

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

/** Who asks for a whole answer sees nothing of it before its end. */
const unseen = () => undefined;

/** Serves CompletionService: one flow, shown as it goes or folded. */
export function completionService({
  current,
  newId,
  now,
}: {
  current: Current<{ completion: Completion }>;
  newId: () => string;
  now: Now;
}): Service {
  return bindService(definition, {
    async complete(request: CompleteRequest, context: CallContext): Promise<CompleteResponse> {
      using engine = current();
      return await engine.completion.run(beginCall(request, context, false), unseen);
    },

    async streamComplete(
      request: CompleteRequest,
      context: CallContext,
      send: Send<StreamCompleteResponse>,
    ): Promise<void> {
      using engine = current();
      let sequence = 0;
      await engine.completion.run(beginCall(request, context, true), (events) => {
        let full: Promise<void> | undefined;
        for (const event of coalesce(events)) {
          sequence += 1;
          full = send({ sequence, event });
        }
        return full;
      });
    },
  });

  function beginCall(request: CompleteRequest, context: CallContext, streamed: boolean): Call {
    const { caller, abort, deadline, telemetry, tell } = context;
    return {
      id: newId(),
      request,
      method: streamed ? 'StreamComplete' : 'Complete',
      caller,
      streamed,
      arrivedAt: now(),
      deadline,
      abort,
      telemetry,
      cacheStatus: CacheStatus.BYPASS,
      attempts: [],
      savedNanoUsd: 0,
      tell,
    };
  }
}
