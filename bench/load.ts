import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  CompleteResponse,
  CompletionServiceService,
  StreamCompleteResponse,
} from '../src/gen/sluice/v1/completion_service.ts';
import { CacheStatus } from '../src/gen/sluice/v1/execution.ts';
import { type Job, takeJobs } from './jobs.ts';
import { ANSWER, createRequestWriter, type SampleRequest, TOKEN } from './sample.ts';

// A process: keeps a number of calls in flight at one server for as long as it is told to.

/** One stretch of load on a server. */
export interface ServerJob extends Job, SampleRequest {
  /** `host:port` of the server. */
  address: string;
  streamed: boolean;
  /** Sent along. Default none. */
  apiKey?: string;
  /** Whether every request is the same, so that a cache has the answer to all but the first. */
  repeated: boolean;
}

const CONNECTIONS = 4;
const DEADLINE_MS = 60_000;

const { complete, streamComplete } = CompletionServiceService;
const clients = new Map<string, Client>();
let serial = 0;

takeJobs((job: ServerJob, count) => {
  const write = createRequestWriter(job);
  const ask = job.streamed ? stream : unary;
  const metadata = new Metadata();
  if (job.apiKey !== undefined) metadata.set('authorization', `Bearer ${job.apiKey}`);

  return (lane, over) => ask(clientFor(job.address, lane), write(job.repeated ? 0 : ++serial), over);

  function unary(client: Client, request: Buffer, over: (error?: Error) => void) {
    const options = { deadline: Date.now() + DEADLINE_MS };
    return client.makeUnaryRequest(complete.path, asIs, asIs, request, metadata, options, (error, bytes) => {
      if (error || !bytes) return over(error ?? undefined);
      count.units += 1;
      count.messages += 1;
      if (job.repeated && !isStored(bytes)) count.missed += 1;
      over(bytes.length > ANSWER.length ? undefined : new Error('an answer was cut short'));
    });
  }

  function stream(client: Client, request: Buffer, over: (error?: Error) => void) {
    const options = { deadline: Date.now() + DEADLINE_MS };
    const call = client.makeServerStreamRequest(streamComplete.path, asIs, asIs, request, metadata, options);
    let failure: Error | undefined;
    call.on('data', (bytes: Buffer) => {
      count.messages += 1;
      const { event } = StreamCompleteResponse.decode(bytes);
      if (event?.$case === 'textDelta') count.units += event.value.text.length / TOKEN.length;
    });
    call.on('error', (error: ServiceError) => {
      failure = error;
    });
    call.on('status', () => over(failure));
    return call;
  }
});

/** Several lanes share one, with a connection of its own. Kept for the next job. */
function clientFor(address: string, lane: number): Client {
  const key = `${lane % CONNECTIONS} ${address}`;
  const known = clients.get(key);
  if (known) return known;
  const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  clients.set(key, client);
  return client;
}

function isStored(answer: Buffer): boolean {
  return CompleteResponse.decode(answer).execution?.cacheStatus === CacheStatus.HIT;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
