import { createClient, type SluiceClient } from '@sluice/client';
import { stringify } from 'yaml';
import { readFile } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createService, type Service, type ServiceOverrides } from '../../src/service.ts';
import { createRedactor } from '../../src/telemetry/redact.ts';

const freePorts = { address: '127.0.0.1:0', metricsAddress: '127.0.0.1:0' };

/** A real gateway in this process, with a client on it. */
export interface Gateway extends AsyncDisposable {
  readonly client: SluiceClient;
  readonly address: string;
  readonly metricsUrl: string;
  /** What it logged, a line each. */
  readonly log: string[];
  /** Has the configuration file say something else from now on; a reload will tell. */
  write(file: Record<string, unknown>): void;
  /** Reloads as a signal would. */
  reload: Service['reload'];
  /** Lets running calls end and closes it, as a signal would. */
  stop(): Promise<void>;
}

/** Starts a gateway by a configuration file's content, on free ports of its own. */
export async function startGateway(
  file: Record<string, unknown> = {},
  {
    variables = {},
    apiKey,
    ...overrides
  }: ServiceOverrides & { variables?: Record<string, string>; apiKey?: string | undefined } = {},
): Promise<Gateway> {
  let written = file;
  const read = () =>
    loadConfig({
      environment: { variables: { SLUICE_CONFIG: 'sluice.yaml', ...variables } },
      readFile: (path) =>
        path === 'sluice.yaml'
          ? stringify({ ...written, server: { ...freePorts, ...(written['server'] as object) } })
          : readFile(path),
    });
  const first = read();
  const log: string[] = [];
  const logSink = {
    write(line: string) {
      log.push(line);
    },
    async flush() {},
  };
  const redactor = createRedactor(first.config.secrets);
  const service = await createService({ first, read, redactor, logSink, ...overrides });
  const { address, metricsAddress } = await service.start();
  const client = createClient({ address, maxAttempts: 1, ...(apiKey !== undefined && { apiKey }) });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= service.stop();
    return stopped;
  };
  return {
    client,
    address,
    metricsUrl: `http://${metricsAddress}/metrics`,
    log,
    write(file) {
      written = file;
    },
    reload: service.reload,
    stop,
    async [Symbol.asyncDispose]() {
      client.close();
      await stop();
    },
  };
}
