import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { createSpanEncoder } from '../../../../src/telemetry/otlp/span-encoder.ts';
import { recordAttributes } from '../../../../src/telemetry/record-attributes.ts';
import { seededRandom } from '../../../support/random.ts';

const SEED = Date.now() % 1_000_000;

const resource = resourceFromAttributes({ 'service.name': 'sluice', 'service.version': '1.2', answers: 42 });

/** Real spans of the real SDK, as they end. */
function spans(record: (tracer: Tracer) => void): ReadableSpan[] {
  const ended: ReadableSpan[] = [];
  const processor: SpanProcessor = {
    onStart() {},
    onEnd: (span) => void ended.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  record(new TracerProvider({ resource, spanProcessors: [processor] }).getTracer('sluice'));
  return ended;
}

function encode(ended: readonly ReadableSpan[]): Uint8Array {
  const encoder = createSpanEncoder();
  for (const span of ended) encoder.add(span);
  return encoder.take();
}

const bySdk = (ended: ReadableSpan[]) => Buffer.from(ProtobufTraceSerializer.serializeRequest(ended) ?? []);

describe('encoded spans', () => {
  it.each<[string, Attributes]>([
    ['nothing', {}],
    [
      'texts',
      {
        a: 'b',
        empty: '',
        long: 'x'.repeat(20_000),
        other: 'gr\u00fc\u00dfe \u4f60\u597d \ud83d\ude00 \ud83d',
      },
    ],
    [
      'counts',
      { zero: 0, small: 127, two: 128, big: 2 ** 31, bigger: 2 ** 32 + 5, most: Number.MAX_SAFE_INTEGER },
    ],
    ['other numbers', { half: 0.5, less: -0.5, tiny: 1e-300, endless: Infinity }],
    ['yes and no', { yes: true, no: false }],
    ['lists', { texts: ['a', 'b'.repeat(200)], none: [], numbers: [1, 2.5], mixed: [true, false] }],
    ['long names', { ['n'.repeat(300)]: 'v' }],
  ])('are, with %s, byte for byte those of the SDK', (_, attributes) => {
    const ended = spans((tracer) => {
      const span = tracer.startSpan('chat model');
      recordAttributes(span, attributes);
      span.end();
    });
    expect(Buffer.from(encode(ended))).toEqual(bySdk(ended));
  });

  it('tell kind, parent, trace state, status and times as the SDK does', () => {
    const remote = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: true,
      traceState: new TraceState('vendor=value,other=1'),
    });
    const ended = spans((tracer) => {
      const server = tracer.startSpan('server', { kind: SpanKind.SERVER }, remote);
      const client = tracer.startSpan('client', { kind: SpanKind.CLIENT }, trace.setSpan(remote, server));
      client.setStatus({ code: SpanStatusCode.ERROR, message: 'it failed' });
      client.end();
      server.setStatus({ code: SpanStatusCode.OK });
      server.end(Date.now() + 5);
    });
    expect(ended).toHaveLength(2);
    expect(Buffer.from(encode(ended))).toEqual(bySdk(ended));
  });

  it(`are those of the SDK for any attributes (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const text = () => random.word(random.below(300));
    const number = () => random.below(2 ** 40);
    const values = [text, number, () => number() / 7, () => random.below(2) === 1, () => [text(), text()]];
    const ended = spans((tracer) => {
      for (let count = 0; count < 50; count += 1) {
        const span = tracer.startSpan(text());
        const entries = Array.from({ length: random.below(30) }, () => [
          text(),
          values[random.below(values.length)]?.(),
        ]);
        recordAttributes(span, Object.fromEntries(entries));
        span.end();
      }
    });
    expect(Buffer.from(encode(ended))).toEqual(bySdk(ended));
  });

  it('are those of the SDK also where attributes say the same again, and then something else', () => {
    const said: Attributes[] = [
      { a: 'x', n: 1 },
      { a: 'x', n: 1 },
      { a: 'x', n: 1 },
      { a: 'y', n: 2 },
      { a: 'x' },
    ];
    const ended = spans((tracer) => {
      for (const attributes of [...said, ...said]) {
        const span = tracer.startSpan('again');
        recordAttributes(span, attributes);
        span.end();
      }
    });
    expect(Buffer.from(encode(ended))).toEqual(bySdk(ended));
  });

  it('leave to the SDK what has events, nested values or numbers below 0', () => {
    const ended = spans((tracer) => {
      const plain = tracer.startSpan('plain');
      plain.end();
      const eventful = tracer.startSpan('eventful');
      eventful.addEvent('happened', { a: 1 });
      eventful.end();
      const nested = tracer.startSpan('nested');
      nested.setAttribute('tree', { leaf: 'x' });
      nested.end();
      const negative = tracer.startSpan('negative');
      negative.setAttribute('temperature', -1);
      negative.end();
    });
    const [plain, ...others] = ended;
    expect(Buffer.from(encode(ended))).toEqual(Buffer.concat([bySdk(plain ? [plain] : []), bySdk(others)]));
  });

  it('begin anew once they are taken', () => {
    const [first, second] = spans((tracer) => {
      tracer.startSpan('first').end();
      tracer.startSpan('second').end();
    });
    const encoder = createSpanEncoder();
    if (!first || !second) throw new Error('expected two spans');
    encoder.add(first);
    expect(encoder.count).toBe(1);
    encoder.take();
    expect(encoder.count).toBe(0);
    encoder.add(second);
    expect(Buffer.from(encoder.take())).toEqual(bySdk([second]));
    expect(encoder.take()).toHaveLength(0);
  });
});
