import type { handleUnaryCall } from '@grpc/grpc-js';
import type { CompleteRequest, CompleteResponse } from '../src/gen/sluice/v1/completion_service.ts';
import { wholeAnswer } from './floor-answer.ts';
import { ANSWER } from './sample.ts';
import { serve } from './serve.ts';

// A process: gRPC and nothing else, which is what a cache hit is measured against.

const complete: handleUnaryCall<CompleteRequest, CompleteResponse> = ({ request }, send) =>
  send(null, wholeAnswer(request.model, ANSWER));

serve({ complete, streamComplete: () => {} });
