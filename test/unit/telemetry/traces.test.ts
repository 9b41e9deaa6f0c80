import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import { FinishReason, ReasoningEffort } from '../../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { AttemptOutcome, CacheStatus } from '../../../src/gen/sluice/v1/execution.ts';
import { Role } from '../../../src/gen/sluice/v1/message.ts';
import { openOtlpReceiver } from '../../service/telemetry-support/otlp-receiver.ts';
import { aRequest, aUsage } from '../../support/builders.ts';
import { anAttempt, answerCall, aTelemetry, COMPLETE, metadata, openai } from './a-telemetry.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLERS_SPAN = '00f067aa0ba902b7';
const traced = () => metadata({ traceparent: `00-${TRACE}-${CALLERS_SPAN}-01`, tracestate: 'vendor=1' });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('traces', () => {
  it("shows a call as a server span under the caller's, with a client span per attempt", async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: traced(), peer: '10.0.0.7:4711' });
    answerCall(rpc);
    rpc.ended('OK');
    await telemetry.shutdown();

    const server = collector.span(COMPLETE);
    expect(rpc.traceId).toBe(TRACE);
    expect(server).toMatchObject({
      traceId: TRACE,
      parentSpanId: CALLERS_SPAN,
      traceState: 'vendor=1',
      kind: 'SERVER',
      status: { code: 'UNSET' },
      resource: { 'service.name': 'test' },
    });
    expect(server.attributes).toEqual({
      'rpc.system.name': 'grpc',
      'rpc.method': COMPLETE,
      'rpc.status_code': 'OK',
      'network.peer.address': '10.0.0.7',
      'sluice.completion.id': 'call-1',
      'sluice.model': 'fast',
      'sluice.caller': 'checkout',
      'sluice.provider': 'openai-eu',
      'sluice.cache.status': 'MISS',
      'sluice.attempt.count': 1,
      'sluice.gateway.duration': 0.005,
    });
    expect(collector.span('chat gpt-5-mini')).toMatchObject({
      traceId: TRACE,
      parentSpanId: server.spanId,
      kind: 'CLIENT',
      status: { code: 'UNSET' },
    });
    expect(collector.spans).toHaveLength(2);
    expect(collector.requests).toEqual([{ path: '/v1/traces', contentType: 'application/x-protobuf' }]);
  });

  it('describes an attempt: what was asked for, and what came of it', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const request = aRequest({
      model: 'fast',
      maxOutputTokens: 100,
      sampling: {
        temperature: 0,
        topP: 0.5,
        topK: 7,
        seed: 42,
        stop: ['END'],
        presencePenalty: 1,
        frequencyPenalty: -1,
      },
      reasoning: { effort: ReasoningEffort.HIGH },
      responseFormat: { format: { $case: 'jsonObject', value: {} } },
    });
    const usage = aUsage({
      inputTokens: 30,
      cacheReadTokens: 20,
      cacheWriteTokens: 5,
      outputTokens: 9,
      reasoningTokens: 4,
    });
    answerCall(rpc, { request, streamed: true, usage });
    rpc.ended('OK');
    await telemetry.shutdown();

    expect(collector.span('chat gpt-5-mini').attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.request.stream': true,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.5,
      'gen_ai.request.top_k': 7,
      'gen_ai.request.seed': 42,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.request.presence_penalty': 1,
      'gen_ai.request.frequency_penalty': -1,
      'gen_ai.request.reasoning.level': 'high',
      'gen_ai.output.type': 'json',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.model': 'gpt-5-mini-2026',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.input_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.cache_write.input_tokens': 5,
      'gen_ai.usage.output_tokens': 9,
      'gen_ai.usage.reasoning.output_tokens': 4,
      'http.response.status_code': 200,
      'server.address': 'api.openai.test',
      'server.port': 443,
      'sluice.provider': 'openai-eu',
      'sluice.provider.request_id': 'req-1',
      'sluice.attempt.number': 1,
    });
  });

  it('numbers the attempts of a failover and marks the failed one with its reason', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint, secrets: ['canary-key-1'] });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const error = new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'openai-eu failed with canary-key-1.', {
      httpStatus: 503,
      providerRequestId: 'req-0',
    });
    const failed = rpc.attemptStarted({ provider: openai, model: 'gpt-5' }, aRequest(), false);
    failed.ended(
      anAttempt({ outcome: AttemptOutcome.FAILED, reason: 'PROVIDER_UNAVAILABLE' }),
      {},
      { error },
    );
    answerCall(rpc);
    rpc.ended('OK');
    await telemetry.shutdown();

    const span = collector.span('chat gpt-5');
    expect(span.status).toEqual({ code: 'ERROR', message: 'openai-eu failed with [redacted].' });
    expect(span.attributes).toMatchObject({
      'error.type': 'PROVIDER_UNAVAILABLE',
      'http.response.status_code': 503,
      'sluice.provider.request_id': 'req-0',
      'sluice.attempt.number': 1,
      'gen_ai.response.finish_reasons': ['error'],
    });
    expect(collector.span('chat gpt-5-mini').attributes['sluice.attempt.number']).toBe(2);
    expect(collector.span(COMPLETE).status.code).toBe('UNSET');
  });

  it.each([
    ['UNKNOWN', 'ERROR', 'UNKNOWN'],
    ['DEADLINE_EXCEEDED', 'ERROR', 'DEADLINE_EXCEEDED'],
    ['UNIMPLEMENTED', 'ERROR', 'UNIMPLEMENTED'],
    ['INTERNAL', 'ERROR', 'INTERNAL'],
    ['UNAVAILABLE', 'ERROR', 'UNAVAILABLE'],
    ['DATA_LOSS', 'ERROR', 'DATA_LOSS'],
    ['CANCELLED', 'UNSET', undefined],
    ['INVALID_ARGUMENT', 'UNSET', undefined],
    ['NOT_FOUND', 'UNSET', undefined],
    ['RESOURCE_EXHAUSTED', 'UNSET', undefined],
    ['UNAUTHENTICATED', 'UNSET', undefined],
  ])('ends a server span of status %s as %s', async (status, code, errorType) => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const error = new GatewayError(ErrorReason.MODEL_NOT_FOUND, 'There is no such model.');
    telemetry
      .rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' })
      .ended(status, error);
    await telemetry.shutdown();

    const span = collector.span(COMPLETE);
    expect(span.status.code).toBe(code);
    expect(span.attributes).toMatchObject({
      'rpc.status_code': status,
      'sluice.error.reason': 'MODEL_NOT_FOUND',
    });
    expect(span.attributes['error.type']).toBe(errorType);
  });

  it('shows a cache look-up only where it took long enough to matter', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.cacheLookedUp(CacheStatus.MISS, 0.4);
    rpc.cacheLookedUp(CacheStatus.HIT, 12);
    rpc.ended('OK');
    await telemetry.shutdown();

    const lookup = collector.span('cache lookup');
    expect(lookup).toMatchObject({
      kind: 'INTERNAL',
      parentSpanId: collector.span(COMPLETE).spanId,
      attributes: { 'sluice.cache.status': 'HIT' },
    });
    expect(lookup.endTime - lookup.startTime).toBe(12_000_000n);
  });

  it('records nothing of what was said', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    answerCall(rpc, { request: aRequest({ prompt: 'whispered' }) });
    rpc.ended('OK');
    await telemetry.shutdown();

    expect(collector.spans).toHaveLength(2);
    expect(collector.spans.map(({ attributes }) => JSON.stringify(attributes)).join()).not.toMatch(
      /whispered|good day/,
    );
    expect(telemetry.lines.join()).not.toMatch(/whispered|good day/);
  });

  it('records what was said where that is configured, secrets taken out', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({
      otlpEndpoint: collector.endpoint,
      captureContent: true,
      secrets: ['canary-key-1'],
    });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const system = { role: Role.SYSTEM, parts: [{ part: { $case: 'text' as const, value: 'Be kind.' } }] };
    answerCall(rpc, { request: aRequest({ prompt: 'my key is canary-key-1', messages: [system] }) });
    rpc.ended('OK');
    await telemetry.shutdown();

    const { attributes } = collector.span('chat gpt-5-mini');
    const said = (name: string) => JSON.parse(String(attributes[name]));
    expect(said('gen_ai.system_instructions')).toEqual([{ type: 'text', content: 'Be kind.' }]);
    expect(said('gen_ai.input.messages')).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'my key is [redacted]' }] },
    ]);
    expect(said('gen_ai.output.messages')).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'good day' }] },
    ]);
  });

  it('leaves an answer out that holds what was kept from the provider, also where content is recorded', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint, captureContent: true });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.answerWithheld();
    answerCall(rpc);
    rpc.ended('OK');
    await telemetry.shutdown();

    const { attributes } = collector.span('chat gpt-5-mini');
    expect(attributes['gen_ai.input.messages']).toBeDefined();
    expect(attributes['gen_ai.output.messages']).toBeUndefined();
  });

  it('keeps a call out of the traces that its caller did not sample', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const unsampled = metadata({ traceparent: `00-${TRACE}-${CALLERS_SPAN}-00` });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: unsampled, peer: '127.0.0.1:1' });
    answerCall(rpc);
    rpc.ended('OK');
    await telemetry.shutdown();

    expect(rpc.traceId).toBe(TRACE);
    expect(collector.spans).toEqual([]);
  });

  it('begins a trace of its own where the caller brings none, or one that makes no sense', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    telemetry
      .rpcStarted({ method: 'sluice.v1.A/None', metadata: metadata(), peer: '127.0.0.1:1' })
      .ended('OK');
    const nonsense = metadata({ traceparent: 'nonsense' });
    telemetry
      .rpcStarted({ method: 'sluice.v1.A/Nonsense', metadata: nonsense, peer: '127.0.0.1:1' })
      .ended('OK');
    await telemetry.shutdown();

    const [none, other] = [collector.span('sluice.v1.A/None'), collector.span('sluice.v1.A/Nonsense')];
    expect([none.parentSpanId, other.parentSpanId]).toEqual(['', '']);
    expect(none.traceId).not.toBe(other.traceId);
  });

  it('ends an RPC once, with its first status', async () => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.ended('CANCELLED');
    rpc.ended('OK');
    await telemetry.shutdown();

    expect(collector.span(COMPLETE).attributes['rpc.status_code']).toBe('CANCELLED');
  });

  it('keeps two services in one process apart, also after the first one stopped', async () => {
    await using collectorA = await openOtlpReceiver();
    await using collectorB = await openOtlpReceiver();
    const a = await aTelemetry({ otlpEndpoint: collectorA.endpoint, serviceName: 'a' });
    const b = await aTelemetry({ otlpEndpoint: collectorB.endpoint, serviceName: 'b' });
    a.rpcStarted({ method: 'sluice.v1.A/Call', metadata: metadata(), peer: '127.0.0.1:1' }).ended('OK');
    await a.shutdown();
    b.rpcStarted({ method: 'sluice.v1.B/Call', metadata: metadata(), peer: '127.0.0.1:1' }).ended('OK');
    await b.shutdown();

    expect(collectorA.spans).toMatchObject([{ name: 'sluice.v1.A/Call', resource: { 'service.name': 'a' } }]);
    expect(collectorB.spans).toMatchObject([{ name: 'sluice.v1.B/Call', resource: { 'service.name': 'b' } }]);
  });

  it('sends traces as JSON where that is asked for', async () => {
    const bodies: { type: string | undefined; spans: string[] }[] = [];
    const server = createServer(async (request, response) => {
      const { resourceSpans } = JSON.parse((await buffer(request)).toString());
      const spans = resourceSpans[0].scopeSpans[0].spans.map(({ name }: { name: string }) => name);
      bodies.push({ type: request.headers['content-type'], spans });
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const otlpEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const telemetry = await aTelemetry({ otlpEndpoint, otlpProtocol: 'http/json' });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.ended('OK');
    await telemetry.shutdown();
    server.closeAllConnections();
    server.close();
    expect(bodies).toEqual([{ type: 'application/json', spans: [COMPLETE] }]);
  });

  it('says in the log that traces cannot be sent, and stops all the same', async () => {
    await using collector = await openOtlpReceiver({ status: 400 });
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' }).ended('OK');
    await telemetry.shutdown();

    expect(telemetry.logged('traces could not be sent')).toMatchObject([
      { level: 'warn', url: `${collector.endpoint}/v1/traces` },
    ]);
  });

  it('gives up on a collector that is not there after its limit', async () => {
    const telemetry = await aTelemetry({ otlpEndpoint: await deadEndpoint(), flushTimeoutMs: 50 });
    telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' }).ended('OK');
    await telemetry.shutdown();

    expect(telemetry.logged('the last traces could not be sent')).toMatchObject([
      { error: { message: 'gave up after 50 ms' } },
    ]);
  });

  it("sends nothing where no endpoint is configured, and still names the caller's trace in the log", async () => {
    await using collector = await openOtlpReceiver();
    // What the SDK would fall back to, were it left to its own devices.
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
    const telemetry = await aTelemetry({ otlpEndpoint: undefined });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: traced(), peer: '127.0.0.1:1' });
    answerCall(rpc);
    rpc.ended('OK');
    const untraced = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    await telemetry.shutdown();

    expect(collector.requests).toEqual([]);
    expect(untraced.traceId).toBeUndefined();
    expect(telemetry.logged('completion finished')).toMatchObject([
      { trace_id: TRACE, span_id: CALLERS_SPAN },
    ]);
  });

  it('takes the resource from the standard variables where they are set', async () => {
    await using collector = await openOtlpReceiver();
    vi.stubEnv('OTEL_SERVICE_NAME', 'llm-gateway');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=staging');
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' }).ended('OK');
    await telemetry.shutdown();

    expect(collector.span(COMPLETE).resource).toMatchObject({
      'service.name': 'llm-gateway',
      'deployment.environment.name': 'staging',
    });
  });

  it.each([
    [FinishReason.STOP_SEQUENCE, 'stop'],
    [FinishReason.TOOL_CALLS, 'tool_call'],
    [FinishReason.CONTENT_FILTER, 'content_filter'],
    [FinishReason.LENGTH, 'length'],
  ])("says %s in the conventions' word %s", async (finishReason, word) => {
    await using collector = await openOtlpReceiver();
    const telemetry = await aTelemetry({ otlpEndpoint: collector.endpoint });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const attempt = rpc.attemptStarted({ provider: openai, model: 'm' }, aRequest(), false);
    attempt.ended(anAttempt(), {}, { answered: { finishReason } });
    rpc.ended('OK');
    await telemetry.shutdown();

    expect(collector.span('chat m').attributes['gen_ai.response.finish_reasons']).toEqual([word]);
  });
});

/** An address that was in use a moment ago: connections to it are refused. */
async function deadEndpoint(): Promise<string> {
  await using collector = await openOtlpReceiver();
  return collector.endpoint;
}
