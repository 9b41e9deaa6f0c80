import { createClient, type SluiceClient } from '@sluice/client';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';
import { createService, type ServiceOverrides } from '../../src/service.ts';

/** A real gateway in this process, with a client on it. */
export interface Gateway extends AsyncDisposable {
  readonly client: SluiceClient;
  readonly address: string;
  readonly metricsUrl: string;
  /** What it logged, a line each. */
  readonly log: string[];
  /** Lets running calls end and closes it, as a signal would. */
  stop(): Promise<void>;
}

/** Starts a gateway by a configuration file's content, on free ports of its own. */
export async function startGateway(
  file: Record<string, unknown> = {},
  { variables = {}, ...overrides }: ServiceOverrides & { variables?: Record<string, string> } = {},
): Promise<Gateway> {
  const server = { address: '127.0.0.1:0', metricsAddress: '127.0.0.1:0', ...(file['server'] as object) };
  const config = loadConfig({
    environment: { variables: { SLUICE_CONFIG: 'sluice.yaml', ...variables } },
    readFile: () => stringify({ ...file, server }),
  });
  const log: string[] = [];
  const logSink = {
    write(line: string) {
      log.push(line);
    },
    async flush() {},
  };
  const service = await createService(config, { logSink, ...overrides });
  const { address, metricsAddress } = await service.start();
  const client = createClient({ address, maxAttempts: 1 });
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
    stop,
    async [Symbol.asyncDispose]() {
      client.close();
      await stop();
    },
  };
}
