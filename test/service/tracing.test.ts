import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fails, says, startFakeOpenAi } from '../support/fake-openai.ts';
import { startGateway } from '../support/gateway.ts';
import { openOtlpReceiver } from './telemetry-support/otlp-receiver.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const openai = (baseUrl: string) => ({ kind: 'openai', apiKey: 'sk-canary-0123456789abcdef', baseUrl });

describe('a call through the gateway', () => {
  it('is a server span under its caller’s, with a client span per attempt', async () => {
    await using collector = await openOtlpReceiver();
    await using sick = await startFakeOpenAi(fails(503));
    await using well = await startFakeOpenAi(says('Hello there.'));
    const gateway = await startGateway(
      {
        providers: { a: openai(sick.url), b: openai(well.url) },
        models: {
          smart: {
            targets: [
              { provider: 'a', model: 'm-a' },
              { provider: 'b', model: 'm-b' },
            ],
          },
        },
      },
      { variables: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } },
    );
    await gateway.client
      .stream({ model: 'smart', prompt: 'a private question' }, { metadata: { traceparent } })
      .final();
    await gateway[Symbol.asyncDispose]();

    const server = collector.span('sluice.v1.CompletionService/StreamComplete');
    const attempts = collector.spans.filter(({ parentSpanId }) => parentSpanId === server.spanId);
    expect(server).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      kind: 'SERVER',
      attributes: { 'rpc.system.name': 'grpc', 'rpc.status_code': 'OK' },
    });
    expect(attempts.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'CLIENT chat m-a',
      'CLIENT chat m-b',
    ]);
    expect(attempts[0]?.attributes).toMatchObject({
      'error.type': expect.any(String),
      'gen_ai.request.model': 'm-a',
    });
    expect(attempts[1]?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'm-b',
      'gen_ai.response.model': 'gpt-x',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'server.address': '127.0.0.1',
    });
    const everything = inspect(collector.spans, { depth: null }) + gateway.log.join('');
    expect(everything).not.toContain('private question');
    expect(everything).not.toContain('canary');
    expect(everything).not.toContain('secret-body');
    expect(gateway.log.filter((line) => line.includes('0af7651916cd43dd8448eb211c80319c'))).not.toHaveLength(
      0,
    );
  });

  it('goes on as ever where the collector is away', async () => {
    await using gateway = await startGateway(
      {},
      { variables: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } },
    );
    const answer = await gateway.client.complete({ model: 'demo', prompt: 'hello' });
    expect(answer.finishReason).toBe('FINISH_REASON_STOP');
  });
});
