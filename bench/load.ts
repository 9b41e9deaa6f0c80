import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  CompleteResponse,
  CompletionServiceService,
  StreamCompleteResponse,
} from '../src/gen/sluice/v1/completion_service.ts';
import { CacheStatus } from '../src/gen/sluice/v1/execution.ts';
import { ready } from './attached.ts';
import { ANSWER, createRequestWriter, type SampleRequest, TOKEN } from './sample.ts';

// A process: keeps a number of calls in flight at one server for as long as it is told to.

/** One stretch of load. */
export interface Job extends SampleRequest {
  /** `host:port` of the server. */
  address: string;
  streamed: boolean;
  inFlight: number;
  /** Whether every request is the same, so that a cache has the answer to all but the first. */
  repeated: boolean;
  /** Time from the first call to the beginning of the measurement, over which the calls are spread. */
  rampMs: number;
  measureMs: number;
}

/** What the load tells while it runs. */
export type Progress =
  | { mark: 'begin' | 'end'; count: Count }
  | { mark: 'done' }
  | { mark: 'failed'; reason: string };

/** What came back so far. */
export interface Count {
  /** Whole calls, or tokens of streams. */
  units: number;
  /** gRPC messages: tokens that were ready together may share one. */
  messages: number;
  /** Repeated calls that the cache had no answer to: Redis may be late, and the call then goes on without it. */
  missed: number;
}

const CONNECTIONS = 4;
const DEADLINE_MS = 60_000;
const GRACE_MS = 10_000;

const { complete, streamComplete } = CompletionServiceService;
const metadata = new Metadata();
const clientsByAddress = new Map<string, Client[]>();
let serial = 0;

process.on('message', (message: { job?: Job }) => {
  if (!message.job) return;
  run(message.job).then(
    () => report({ mark: 'done' }),
    (error) => report({ mark: 'failed', reason: String(error) }),
  );
});
// This process lives by its channel.
process.channel?.ref();
ready({});

function report(progress: Progress): void {
  process.send?.(progress);
}

async function run(job: Job): Promise<void> {
  const clients = clientsOf(job.address);
  const write = createRequestWriter(job);
  const running = new Set<{ cancel(): void }>();
  const { promise: drained, resolve: drain, reject: fail } = Promise.withResolvers<void>();
  const count: Count = { units: 0, messages: 0, missed: 0 };
  let measuring = false;
  let stopping = false;

  const starts = Array.from({ length: job.inFlight }, (_, lane) =>
    setTimeout(() => next(lane), (lane / job.inFlight) * (job.rampMs / 2)),
  );
  await Promise.race([drained, delay(job.rampMs)]);
  measuring = true;
  report({ mark: 'begin', count });
  await Promise.race([drained, delay(job.measureMs)]);
  report({ mark: 'end', count });
  stopping = true;
  for (const start of starts) clearTimeout(start);
  for (const call of running) call.cancel();
  if (running.size > 0) await Promise.race([drained, delay(GRACE_MS)]);

  function next(lane: number): void {
    const client = clients[lane % clients.length];
    if (stopping || !client) return;
    const call = (job.streamed ? stream : unary)(client, write(job.repeated ? 0 : ++serial), (error) => {
      running.delete(call);
      if (error && !stopping) fail(error);
      if (stopping && running.size === 0) drain();
      next(lane);
    });
    running.add(call);
  }

  function unary(client: Client, request: Buffer, over: (error?: Error) => void) {
    const options = { deadline: Date.now() + DEADLINE_MS };
    return client.makeUnaryRequest(complete.path, asIs, asIs, request, metadata, options, (error, bytes) => {
      if (error || !bytes) return over(error ?? undefined);
      count.units += 1;
      count.messages += 1;
      if (job.repeated && measuring && !isStored(bytes)) count.missed += 1;
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
}

/** Each has a connection of its own. Kept for the next job. */
function clientsOf(address: string): Client[] {
  const known = clientsByAddress.get(address);
  if (known) return known;
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new Client(address, credentials.createInsecure(), options),
  );
  clientsByAddress.set(address, clients);
  return clients;
}

function isStored(answer: Buffer): boolean {
  return CompleteResponse.decode(answer).execution?.cacheStatus === CacheStatus.HIT;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
