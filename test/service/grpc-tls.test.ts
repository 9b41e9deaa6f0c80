import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChannelCredentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CompleteResponse,
  CompletionServiceClient,
} from '../../src/gen/sluice/v1/completion_service.ts';
import { issueCertificate, writeCertificate } from '../support/certificates.ts';
import { aRequest, startServer } from '../support/grpc-server.ts';

const authority = issueCertificate('authority');
const stranger = issueCertificate('stranger');
const ofServer = issueCertificate('server', authority);

let folder: string;
let tls: { certFile: string; keyFile: string };
let clientCaFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  tls = await writeCertificate(folder, ofServer);
  clientCaFile = (await writeCertificate(folder, authority)).certFile;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('TLS', () => {
  it('is spoken with the certificate of the configuration, and nothing else', async () => {
    await using server = await startServer({ config: { tls: { ...tls, clientCaFile: undefined } } });

    expect(await complete(server.address, secure())).toMatchObject({ id: 'echo' });
    expect(await complete(server.address, ChannelCredentials.createInsecure())).toMatchObject({
      code: status.UNAVAILABLE,
    });
    expect(await complete(server.address, secure(stranger))).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('takes only callers with a certificate of the authority where one is named', async () => {
    await using server = await startServer({ config: { tls: { ...tls, clientCaFile } } });

    expect(
      await complete(server.address, secure(authority, issueCertificate('caller', authority))),
    ).toMatchObject({ id: 'echo' });
    expect(
      await complete(server.address, secure(authority, issueCertificate('caller', stranger))),
    ).toMatchObject({
      code: status.UNAVAILABLE,
    });
    expect(await complete(server.address, secure())).toMatchObject({ code: status.UNAVAILABLE });
    expect(server.ended).toHaveLength(1);
  });

  it('shows a renewed certificate to whoever connects from then on, and goes on with who was there', async () => {
    const own = await mkdtemp(join(folder, 'renewed-'));
    const files = { ...(await writeCertificate(own, ofServer)), clientCaFile };
    await using server = await startServer({ config: { tls: files } });
    const caller = issueCertificate('caller', authority);
    const before = client(server.address, secure(authority, caller));
    expect(await ask(before)).toMatchObject({ id: 'echo' });
    expect((await server.server.renewCertificates(files)).changed).toBe(false);

    await writeCertificate(own, { ...issueCertificate('server', stranger), name: 'server' });
    const renewal = await server.server.renewCertificates(files);
    expect(renewal.changed).toBe(true);
    expect(await complete(server.address, secure(authority, caller))).toMatchObject({ id: 'echo' });
    renewal.take();
    expect(await complete(server.address, secure(authority, caller))).toMatchObject({
      code: status.UNAVAILABLE,
    });
    expect(await complete(server.address, secure(stranger, caller))).toMatchObject({ id: 'echo' });
    expect(await complete(server.address, secure(stranger))).toMatchObject({ code: status.UNAVAILABLE });
    expect(await ask(before)).toMatchObject({ id: 'echo' });
    before.close();

    await writeFile(files.certFile, 'nothing');
    await expect(server.server.renewCertificates(files)).rejects.toThrow('it holds no PEM');
  });

  it('names the file that is not there', async () => {
    const certFile = join(folder, 'absent.crt');

    await expect(
      startServer({ config: { tls: { ...tls, certFile, clientCaFile: undefined } } }),
    ).rejects.toThrow(`server.tls.certFile is "${certFile}": it cannot be read (ENOENT). Name a PEM file.`);
  });

  it('names the file that is not PEM', async () => {
    const notPem = join(folder, 'ca.der');
    await writeFile(notPem, 'certificate');

    await expect(startServer({ config: { tls: { ...tls, clientCaFile: notPem } } })).rejects.toThrow(
      `server.tls.clientCaFile is "${notPem}": it holds no PEM. Name a PEM file.`,
    );
  });

  it('names the files that do not belong together, and shows no key', async () => {
    const { keyFile } = await writeCertificate(folder, issueCertificate('other'));

    await expect(
      startServer({ config: { tls: { ...tls, keyFile, clientCaFile: undefined } } }),
    ).rejects.toThrow(
      `server.tls: certFile "${tls.certFile}" and keyFile "${keyFile}" are not a PEM certificate and its private key.`,
    );
  });
});

function secure(root = authority, own?: { cert: string; key: string }): ChannelCredentials {
  return ChannelCredentials.createSsl(
    Buffer.from(root.cert),
    own ? Buffer.from(own.key) : null,
    own ? Buffer.from(own.cert) : null,
  );
}

/** The answer, or the error. */
async function complete(address: string, credentials: ChannelCredentials): Promise<CompleteResponse | Error> {
  const own = client(address, credentials);
  try {
    return await ask(own);
  } finally {
    own.close();
  }
}

function client(address: string, credentials: ChannelCredentials): CompletionServiceClient {
  // The certificate is looked at for this name: TLS knows no server names that are IP addresses.
  return new CompletionServiceClient(address, credentials, { 'grpc.ssl_target_name_override': 'localhost' });
}

function ask(client: CompletionServiceClient): Promise<CompleteResponse | Error> {
  return new Promise((resolve) => {
    client.complete(aRequest, (error, response) => resolve(error ?? response));
  });
}
