import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/completion/error.ts';
import { CircuitState } from '../../../src/gen/sluice/v1/admin_service.ts';
import { FinishReason } from '../../../src/gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../../src/gen/sluice/v1/error.ts';
import { AttemptOutcome, CacheStatus } from '../../../src/gen/sluice/v1/execution.ts';
import { aCall, aRequest, aUsage } from '../../support/builders.ts';
import { anAnswer, anAttempt, answerCall, aTelemetry, COMPLETE, metadata, openai } from './a-telemetry.ts';

const FREE_PORT = '127.0.0.1:0';

describe('the metrics endpoint', () => {
  it('counts and times a completion under the conventional names and labels', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    telemetry.knowModels(['fast', 'gpt-5-mini']);
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.cacheLookedUp(CacheStatus.MISS, 0.1);
    answerCall(rpc, {
      streamed: true,
      usage: aUsage({
        inputTokens: 30,
        cacheReadTokens: 20,
        cacheWriteTokens: 5,
        outputTokens: 9,
        reasoningTokens: 4,
      }),
    });
    rpc.ended('OK');
    const sample = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    const rpcLabels = { rpc_method: COMPLETE, rpc_system_name: 'grpc', rpc_status_code: 'OK' };
    expect(sample('rpc_server_call_duration_count', rpcLabels)).toEqual([1]);
    expect(sample('rpc_server_call_duration_bucket', { ...rpcLabels, le: '7.5' })).toEqual([1]);
    const target = {
      gen_ai_operation_name: 'chat',
      gen_ai_provider_name: 'openai',
      gen_ai_request_model: 'gpt-5-mini',
      server_address: 'api.openai.test',
      server_port: '443',
      sluice_provider: 'openai-eu',
    };
    expect(sample('gen_ai_client_inference_duration_sum', target)).toEqual([1.5]);
    expect(sample('gen_ai_client_inference_duration_bucket', { ...target, le: '1.28' })).toEqual([0]);
    expect(sample('gen_ai_client_inference_duration_bucket', { ...target, le: '2.56' })).toEqual([1]);
    expect(sample('gen_ai_client_inference_time_to_first_chunk_count', target)).toEqual([1]);
    expect(sample('gen_ai_client_inference_operation_input_tokens_sum', target)).toEqual([30]);
    expect(sample('gen_ai_client_inference_operation_output_tokens_sum', target)).toEqual([9]);
    const counted = { ...target, gen_ai_token_modality: 'unknown' };
    expect(sample('gen_ai_client_inference_usage_input_tokens_total', counted)).toEqual([30]);
    expect(sample('gen_ai_client_inference_usage_cache_read_input_tokens_total', counted)).toEqual([20]);
    expect(sample('gen_ai_client_inference_usage_cache_write_input_tokens_total', counted)).toEqual([5]);
    expect(sample('gen_ai_client_inference_usage_output_tokens_total', counted)).toEqual([9]);
    expect(sample('gen_ai_client_inference_usage_reasoning_output_tokens_total', counted)).toEqual([4]);
    expect(sample('sluice_cache_lookups_total', { status: 'MISS' })).toEqual([1]);
    expect(sample('sluice_attempts_total', { provider: 'openai-eu', outcome: 'SUCCEEDED' })).toEqual([1]);
    expect(sample('sluice_completions_total', { model: 'fast', ending: 'STOP' })).toEqual([1]);
    expect(sample('nodejs_eventloop_delay_p99', {})).toHaveLength(1);
  });

  it('counts a failed completion with its reason, and every attempt with its own', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    telemetry.knowModels(['fast', 'gpt-5']);
    const error = new GatewayError(ErrorReason.CIRCUIT_OPEN, 'Every circuit is open.');
    const failure = new GatewayError(ErrorReason.PROVIDER_TIMEOUT, 'openai-eu was too slow.');
    const failed = anAttempt({ outcome: AttemptOutcome.FAILED, reason: 'PROVIDER_TIMEOUT' });
    const skipped = anAttempt({
      outcome: AttemptOutcome.SKIPPED,
      reason: 'CIRCUIT_OPEN',
      provider: 'anthropic',
    });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc
      .attemptStarted({ provider: openai, model: 'gpt-5' }, aRequest(), true)
      .ended(failed, {}, { error: failure });
    const partial = anAnswer({ usage: undefined, execution: { attempts: [failed, skipped] } });
    rpc.completionSettled(aCall({ request: aRequest({ model: 'fast' }) }), {
      ending: 'failed',
      error,
      partial,
    });
    rpc.ended('UNAVAILABLE', error);
    const sample = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    expect(sample('sluice_completions_total', { model: 'fast', ending: 'CIRCUIT_OPEN' })).toEqual([1]);
    expect(sample('sluice_attempts_total', { outcome: 'FAILED', reason: 'PROVIDER_TIMEOUT' })).toEqual([1]);
    expect(sample('sluice_attempts_total', { provider: 'anthropic', outcome: 'SKIPPED' })).toEqual([1]);
    expect(sample('gen_ai_client_inference_duration_count', { error_type: 'PROVIDER_TIMEOUT' })).toEqual([1]);
    expect(sample('gen_ai_client_inference_usage_input_tokens_total', {})).toEqual([0]);
    expect(sample('gen_ai_client_inference_operation_input_tokens_count', {})).toEqual([]);
    expect(sample('rpc_server_call_duration_count', { error_type: 'UNAVAILABLE' })).toEqual([1]);
  });

  it('counts answers past their time that were served, by model, and their look-ups as misses', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    telemetry.knowModels(['fast']);
    for (const cacheStatus of [CacheStatus.STALE, CacheStatus.MISS, CacheStatus.STALE]) {
      const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
      rpc.cacheLookedUp(CacheStatus.MISS, 0.1);
      answerCall(rpc, { cacheStatus });
      rpc.ended('OK');
    }
    const sample = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    expect(sample('sluice_cache_stale_answers_total', { model: 'fast' })).toEqual([2]);
    expect(sample('sluice_cache_lookups_total', { status: 'MISS' })).toEqual([3]);
    expect(sample('sluice_cache_lookups_total', { status: 'STALE' })).toEqual([]);
  });

  it('shows calls in flight and in line, and the circuits of the providers as they are when it is scraped', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    let circuit: CircuitState = CircuitState.CLOSED;
    telemetry.observe({
      queuedCalls: () => 4,
      providers: () => [{ name: 'openai-eu', circuit, inFlightCount: 3, queuedCount: 2 }],
    });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    const during = samplesOf(await scrape(telemetry.metricsAddress));
    circuit = CircuitState.OPEN;
    rpc.ended('OK');
    const afterwards = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    const provider = { provider: 'openai-eu' };
    expect([during('sluice_calls_in_flight', {}), afterwards('sluice_calls_in_flight', {})]).toEqual([
      [1],
      [0],
    ]);
    expect([during('sluice_circuit_state', provider), afterwards('sluice_circuit_state', provider)]).toEqual([
      [0],
      [2],
    ]);
    expect(afterwards('sluice_provider_calls_in_flight', provider)).toEqual([3]);
    expect(afterwards('sluice_provider_calls_queued', provider)).toEqual([2]);
    expect(afterwards('sluice_calls_queued', {})).toEqual([4]);
  });

  it('counts an RPC once that is ended twice, with its first status', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    rpc.ended('CANCELLED');
    rpc.ended('OK');
    const sample = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    expect(sample('rpc_server_call_duration_count', { rpc_status_code: 'CANCELLED' })).toEqual([1]);
    expect(sample('rpc_server_call_duration_count', { rpc_status_code: 'OK' })).toEqual([]);
    expect(sample('sluice_calls_in_flight', {})).toEqual([0]);
  });

  it('gives names that callers made up no series of their own', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    const error = new GatewayError(ErrorReason.MODEL_NOT_FOUND, 'There is no such model.');
    for (const model of ['openai/made-up-1', 'openai/made-up-2']) {
      const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
      rpc
        .attemptStarted({ provider: openai, model }, aRequest({ model }), false)
        .ended(anAttempt(), {}, { error });
      const call = aCall({ request: aRequest({ model }) });
      rpc.completionSettled(call, { ending: 'failed', error, partial: anAnswer() });
      rpc.ended('NOT_FOUND', error);
    }
    const text = await scrape(telemetry.metricsAddress);
    await telemetry.shutdown();

    const sample = samplesOf(text);
    expect(text).not.toContain('made-up');
    expect(sample('sluice_completions_total', { model: '_OTHER', ending: 'MODEL_NOT_FOUND' })).toEqual([2]);
    expect(sample('gen_ai_client_inference_duration_count', { gen_ai_request_model: '_OTHER' })).toEqual([2]);
  });

  it('gives a name that answered a series, configured or not', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
    answerCall(rpc, { model: 'gpt-new', request: aRequest({ model: 'openai/gpt-new' }) });
    rpc.ended('OK');
    const sample = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    expect(sample('sluice_completions_total', { model: 'openai/gpt-new' })).toEqual([1]);
    expect(sample('gen_ai_client_inference_duration_count', { gen_ai_request_model: 'gpt-new' })).toEqual([
      1,
    ]);
  });

  it('goes on with the series of a provider that is configured anew', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    for (const provider of [openai, { ...openai }]) {
      const rpc = telemetry.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' });
      const attempt = rpc.attemptStarted({ provider, model: 'm' }, aRequest(), false);
      const usage = aUsage({ inputTokens: 30 });
      attempt.ended(anAttempt({ usage }), {}, { answered: { finishReason: FinishReason.STOP, usage } });
    }
    const sample = samplesOf(await scrape(telemetry.metricsAddress));
    await telemetry.shutdown();

    expect(sample('gen_ai_client_inference_usage_input_tokens_total', {})).toEqual([60]);
  });

  it('serves two services in one process from two addresses, each its own numbers', async () => {
    const a = await aTelemetry({ metricsAddress: FREE_PORT });
    const b = await aTelemetry({ metricsAddress: FREE_PORT });
    a.rpcStarted({ method: COMPLETE, metadata: metadata(), peer: '127.0.0.1:1' }).ended('OK');
    const [fromA, fromB] = [await scrape(a.metricsAddress), await scrape(b.metricsAddress)];
    await a.shutdown();
    await b.shutdown();

    expect(samplesOf(fromA)('rpc_server_call_duration_count', {})).toEqual([1]);
    expect(samplesOf(fromB)('rpc_server_call_duration_count', {})).toEqual([]);
  });

  it('answers other paths with 404', async () => {
    const telemetry = await aTelemetry({ metricsAddress: FREE_PORT });
    const response = await fetch(`http://${telemetry.metricsAddress}/`);
    await telemetry.shutdown();

    expect(response.status).toBe(404);
  });

  it('frees its port when it stops', async () => {
    const first = await aTelemetry({ metricsAddress: FREE_PORT });
    const address = first.metricsAddress ?? '';
    await scrape(address);
    await first.shutdown();
    const second = await aTelemetry({ metricsAddress: address });
    await second.shutdown();

    expect(second.metricsAddress).toBe(address);
  });

  it('says which address is taken, and what to do about it', async () => {
    const first = await aTelemetry({ metricsAddress: FREE_PORT });
    const second = aTelemetry({ metricsAddress: first.metricsAddress ?? '' });

    await expect(second).rejects.toThrow(
      `server.metricsAddress is "${first.metricsAddress}", which cannot be listened on`,
    );
    await first.shutdown();
  });

  it.each(['9464', 'localhost', '127.0.0.1:99999'])('refuses the address %s', async (metricsAddress) => {
    await expect(aTelemetry({ metricsAddress })).rejects.toThrow('expected host:port');
  });

  it('is not there where no address is configured', async () => {
    const telemetry = await aTelemetry();
    await telemetry.shutdown();

    expect(telemetry.metricsAddress).toBeUndefined();
  });
});

async function scrape(address: string | undefined): Promise<string> {
  const response = await fetch(`http://${address}/metrics`);
  return response.text();
}

/** Values of the samples of a name that have at least the given labels, in the text that Prometheus reads. */
function samplesOf(text: string): (name: string, labels: Record<string, string>) => number[] {
  const samples = text
    .split('\n')
    .map((line) => /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line))
    .flatMap((match) =>
      match ? [{ name: match[1], labels: parseLabels(match[2]), value: Number(match[3]) }] : [],
    );
  return (name, labels) =>
    samples
      .filter((sample) => sample.name === name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .map(({ value }) => value);
}

function parseLabels(text = ''): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
}
