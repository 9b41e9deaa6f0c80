import { TraceFlags } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { createSpanEncoder } from './span-encoder.ts';

export interface BatchLimits {
  /** Spans that are sent as soon as there are as many. */
  batchSize: number;
  /** Spans that wait at most while others are being sent; what comes then is dropped. */
  queueSize: number;
  /** How long a span waits for others. */
  delayMs: number;
}

export interface SpanBatchesOptions {
  limits: BatchLimits;
  /** Sends an `ExportTraceServiceRequest`. Never rejects, and ends within a limit of its own. */
  send(request: Uint8Array): Promise<void>;
  /** Closes what sends. */
  close(): Promise<void>;
  dropped(count: number): void;
}

/** Creates the processor that sends spans in batches, one at a time, encoded as they end. */
export function createSpanBatches({ limits, send, close, dropped }: SpanBatchesOptions): SpanProcessor {
  const encoder = createSpanEncoder();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let droppedCount = 0;
  let closed = false;

  return {
    onStart() {},
    onEnd(span) {
      if (closed || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      if (encoder.count >= limits.queueSize) {
        droppedCount += 1;
        return;
      }
      encoder.add(span);
      schedule();
    },
    forceFlush,
    async shutdown() {
      closed = true;
      await forceFlush();
      await close();
    },
  };

  function schedule(): void {
    if (sending || encoder.count === 0) return;
    if (encoder.count >= limits.batchSize) sendNow();
    else timer ??= setTimeout(sendNow, limits.delayMs).unref();
  }

  function sendNow(): void {
    clearTimeout(timer);
    timer = undefined;
    if (droppedCount > 0) dropped(droppedCount);
    droppedCount = 0;
    sending = send(encoder.take()).finally(() => {
      sending = undefined;
      schedule();
    });
  }

  async function forceFlush(): Promise<void> {
    while (sending || encoder.count > 0) {
      if (!sending) sendNow();
      await sending;
    }
  }
}
