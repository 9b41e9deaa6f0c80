import { type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSpanBatches } from '../../../../src/telemetry/otlp/span-batches.ts';
import { decodeSpans } from '../../../service/telemetry-support/decode-spans.ts';

const limits = { batchSize: 3, queueSize: 5, delayMs: 1000 };

/** A processor whose sending ends when the test says so. */
function batches() {
  const sent: string[][] = [];
  const lost: number[] = [];
  let finish: (() => void)[] = [];
  let closed = 0;
  const processor = createSpanBatches({
    limits,
    send(request) {
      sent.push(decodeSpans(request).map(({ name }) => name));
      return new Promise((resolve) => finish.push(resolve));
    },
    async close() {
      closed += 1;
    },
    dropped: (count) => void lost.push(count),
  });
  return {
    processor,
    sent,
    lost,
    end: spanEnder(processor),
    closed: () => closed,
    async finishSending() {
      for (const resolve of finish) resolve();
      finish = [];
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

function spanEnder(processor: SpanProcessor): (...names: string[]) => void {
  const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('sluice');
  return (...names) => {
    for (const name of names) tracer.startSpan(name).end();
  };
}

describe('spans on their way', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('wait for others, but not for long', async () => {
    const { sent, end } = batches();
    end('a', 'b');
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([['a', 'b']]);
  });

  it('go at once where they are many', () => {
    const { sent, end } = batches();
    end('a', 'b', 'c', 'd');
    expect(sent).toEqual([['a', 'b', 'c']]);
  });

  it('go one batch at a time', async () => {
    const { sent, end, finishSending } = batches();
    end('a', 'b', 'c', 'd', 'e', 'f', 'g');
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toEqual([['a', 'b', 'c']]);
    await finishSending();
    expect(sent).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f', 'g'],
    ]);
  });

  it('are dropped, and the loss told, where the collector is slower than they come', async () => {
    const { sent, lost, end, finishSending } = batches();
    end('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
    await finishSending();
    expect(sent[1]).toEqual(['d', 'e', 'f', 'g', 'h']);
    expect(lost).toEqual([2]);
  });

  it('are all sent before the processor closes, and none after', async () => {
    const { processor, sent, end, finishSending, closed } = batches();
    end('a', 'b', 'c', 'd');
    const ended = processor.shutdown();
    await finishSending();
    await finishSending();
    await ended;
    expect(sent).toEqual([['a', 'b', 'c'], ['d']]);
    expect(closed()).toBe(1);
    end('e');
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(2);
  });
});
