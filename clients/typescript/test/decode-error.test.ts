import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { decodeError } from '../src/decode-error.ts';
import { ErrorInfo } from '../src/gen/google/rpc/error_details.ts';
import { Status } from '../src/gen/google/rpc/status.ts';

describe('decodeError', () => {
  it('keeps the status where the details are garbage', () => {
    const error = decodeError(serviceError(Buffer.from([0xff, 0xff, 0xff])));

    expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'UNAVAILABLE', message: 'gone' });
  });

  it('leaves the reasons of others alone', () => {
    const info = ErrorInfo.fromPartial({
      reason: 'MESH_FAULT',
      domain: 'mesh.example',
      metadata: { pod: 'a' },
    });
    const error = decodeError(serviceError(details('google.rpc.ErrorInfo', ErrorInfo.encode(info).finish())));

    expect(error).toMatchObject({ reason: 'UNAVAILABLE', metadata: {} });
  });

  it('passes over details that it does not know', () => {
    const error = decodeError(serviceError(details('google.rpc.Help', new Uint8Array())));

    expect(error).toMatchObject({ reason: 'UNAVAILABLE', message: 'gone' });
  });
});

function details(name: string, value: Uint8Array): Buffer {
  const any = { typeUrl: `type.googleapis.com/${name}`, value: Buffer.from(value) };
  return Buffer.from(Status.encode({ code: 14, message: 'gone', details: [any] }).finish());
}

function serviceError(bytes: Buffer) {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', bytes);
  return Object.assign(new Error('14 UNAVAILABLE: gone'), { code: 14, details: 'gone', metadata });
}
