import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/completion/error.ts';
import { ErrorInfo } from '../../src/gen/google/rpc/error_details.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import { Attempt, AttemptOutcome } from '../../src/gen/sluice/v1/execution.ts';
import { startServer, type TestServer, text } from '../support/grpc-server.ts';
import { buf, findGrpcurl } from '../support/grpcurl.ts';

// The tools that people have at hand, against reflection and not against the proto files.

const grpcurl = await findGrpcurl();
const request = '{"model":"demo","prompt":"hello"}';
const faultyRequest = '{"model":"fails"}';
let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    async complete({ model }) {
      if (model === 'fails') throw failure();
      return { id: 'one', model, finishReason: 'FINISH_REASON_STOP', providerFinishReason: '', warnings: [] };
    },
    async *streamComplete() {
      yield text(1, 'a');
      yield text(2, 'b');
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

describe.runIf(grpcurl)('grpcurl', () => {
  it('lists what is served', async () => {
    expect(await look('list')).toMatchObject({
      exitCode: 0,
      stdout: 'grpc.health.v1.Health\nsluice.v1.CompletionService\n',
    });
  });

  it('describes services and messages with their comments', async () => {
    const service = await look('describe', 'sluice.v1.CompletionService');
    const message = await look('describe', 'sluice.v1.CompleteRequest');

    expect(service.stdout).toContain('  // Generates a completion and answers once it is whole.\n');
    expect(message.stdout).toContain('  // How to sample.\n  .sluice.v1.Sampling sampling = 5;\n');
    expect(message.stdout).toContain('  optional int32 max_output_tokens = 4;\n');
  });

  it.each([
    'google.rpc.ErrorInfo',
    'google.rpc.QuotaFailure',
    'sluice.v1.ProviderFailure',
    'google.protobuf.Any',
  ])('finds %s, which no method refers to', async (type) => {
    expect((await look('describe', type)).stdout).toContain(`${type} is a message:`);
  });

  it('completes', async () => {
    const { stdout } = await call('-d', request, 'sluice.v1.CompletionService/Complete');

    expect(JSON.parse(stdout)).toEqual({ id: 'one', model: 'demo', finishReason: 'FINISH_REASON_STOP' });
  });

  it('streams', async () => {
    const { stdout } = await call('-d', request, 'sluice.v1.CompletionService/StreamComplete');

    expect(stdout.match(/"text": "\w"/g)).toEqual(['"text": "a"', '"text": "b"']);
  });

  it('shows the details of an error by their names', async () => {
    const { exitCode, stderr } = await call(
      '-format-error',
      '-d',
      faultyRequest,
      'sluice.v1.CompletionService/Complete',
    );

    expect(exitCode).toBe(64 + 14);
    expect(JSON.parse(stderr)).toEqual({
      code: 14,
      message: 'All failed.',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'PROVIDER_UNAVAILABLE',
          domain: 'sluice',
          metadata: { model: 'fails' },
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.500s' },
        {
          '@type': 'type.googleapis.com/sluice.v1.ProviderFailure',
          attempts: [{ provider: 'openai', outcome: 'ATTEMPT_OUTCOME_FAILED', httpStatus: 503 }],
        },
      ],
    });
  });

  it.each(['', 'sluice.v1.CompletionService'])('finds the health of "%s"', async (service) => {
    const { stdout } = await call('-d', JSON.stringify({ service }), 'grpc.health.v1.Health/Check');

    expect(JSON.parse(stdout)).toEqual({ status: 'SERVING' });
  });

  it('is told NOT_FOUND of the health of what is not served', async () => {
    const { exitCode } = await call('-d', '{"service":"sluice.v1.Absent"}', 'grpc.health.v1.Health/Check');

    expect(exitCode).toBe(64 + 5);
  });

  function call(...args: string[]) {
    return tool('-plaintext', ...args.slice(0, -1), server.address, ...args.slice(-1));
  }

  function look(...args: string[]) {
    return tool('-plaintext', server.address, ...args);
  }

  function tool(...args: string[]) {
    if (!grpcurl) throw new Error('These tests do not run without grpcurl.');
    return grpcurl(...args);
  }
});

describe('buf curl', () => {
  it.each(['grpc-v1', 'grpc-v1alpha'])('lists what is served by reflection %s', async (protocol) => {
    const { stdout } = await call('', '--reflect-protocol', protocol, '--list-methods');

    expect(stdout.trim().split('\n')).toEqual([
      'grpc.health.v1.Health/Check',
      'grpc.health.v1.Health/List',
      'grpc.health.v1.Health/Watch',
      'sluice.v1.CompletionService/Complete',
      'sluice.v1.CompletionService/StreamComplete',
    ]);
  });

  it('completes', async () => {
    const { stdout } = await call('sluice.v1.CompletionService/Complete', '-d', request);

    expect(JSON.parse(stdout)).toEqual({ id: 'one', model: 'demo', finishReason: 'FINISH_REASON_STOP' });
  });

  it('streams', async () => {
    const { stdout } = await call('sluice.v1.CompletionService/StreamComplete', '-d', request);

    expect(stdout.match(/"text": "\w"/g)).toEqual(['"text": "a"', '"text": "b"']);
  });

  it('shows the details of an error', async () => {
    const { exitCode, stderr } = await call('sluice.v1.CompletionService/Complete', '-d', faultyRequest);
    const { code, details } = JSON.parse(stderr);

    expect({ exitCode, code }).toEqual({ exitCode: 14 * 8, code: 'unavailable' });
    expect(details.map(({ type }: { type: string }) => type)).toEqual([
      'google.rpc.ErrorInfo',
      'google.rpc.RetryInfo',
      'sluice.v1.ProviderFailure',
    ]);
    expect(ErrorInfo.decode(Buffer.from(details[0].value, 'base64')).reason).toBe('PROVIDER_UNAVAILABLE');
  });

  it('finds the health of a service', async () => {
    const { stdout } = await call(
      'grpc.health.v1.Health/Check',
      '-d',
      '{"service":"sluice.v1.CompletionService"}',
    );

    expect(JSON.parse(stdout)).toEqual({ status: 'SERVING' });
  });

  function call(method: string, ...args: string[]) {
    return buf(
      'curl',
      '--protocol',
      'grpc',
      '--http2-prior-knowledge',
      ...args,
      `http://${server.address}/${method}`,
    );
  }
});

it('serves no reflection where the configuration says so', async () => {
  await using closed = await startServer({ config: { reflection: false } });
  const { exitCode } = await buf(
    'curl',
    '--protocol',
    'grpc',
    '--http2-prior-knowledge',
    '--list-methods',
    `http://${closed.address}`,
  );

  expect(exitCode).not.toBe(0);
});

function failure(): GatewayError {
  const outcome = AttemptOutcome.FAILED;
  return new GatewayError(ErrorReason.PROVIDER_UNAVAILABLE, 'All failed.', {
    metadata: { model: 'fails' },
    retryAfterMs: 1_500,
    attempts: [Attempt.fromPartial({ provider: 'openai', outcome, httpStatus: 503 })],
  });
}
