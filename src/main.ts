import { tuneCollector } from './collector.ts';
import { GatewayError } from './completion/error.ts';
import { readEnvironment, readFile } from './config/environment.ts';
import { ConfigError } from './config/faults.ts';
import { loadConfig } from './config/load-config.ts';
import { welcome } from './config/welcome.ts';
import { createService } from './service.ts';
import { createRedactor } from './telemetry/redact.ts';

// The process: read the configuration, serve, reload it and stop on a signal.

tuneCollector();

const redactor = createRedactor([]);
// Node's diagnostic reports would hold the environment, and with it the keys that are there.
process.report.excludeEnv = true;
// Node would write every property of the error, and those of vendors' errors are requests with their headers.
process.on('uncaughtException', (error) => crash(error));

try {
  const read = () => loadConfig({ environment: readEnvironment(), readFile });
  const first = read();
  const { config } = first;
  redactor.learn(config.secrets);
  const service = await createService({ first, read, redactor });
  const addresses = await service.start();
  process.stderr.write(redactor.redact(welcome(config, addresses)));
  service.log.info({ ...addresses, providers: config.providers.map(({ name }) => name) }, 'serving');

  const stop = async (signal: NodeJS.Signals) => {
    // A second signal ends the process the way it ends any other.
    process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
    service.log.info({ signal }, 'stopping');
    await service.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  // Faults are in the log.
  process.on('SIGHUP', (signal) => {
    service.reload({ validateOnly: false, by: { signal } }).catch(() => {});
  });
} catch (error) {
  process.stderr.write(redactor.redact(`Sluice cannot start.\n${explain(error)}\n`));
  process.exitCode = 1;
}

function crash(error: unknown): never {
  process.stderr.write(redactor.redact(`Sluice failed, and ends.\n${stackOf(error)}\n`));
  process.exit(1);
}

/** What is wrong with the configuration or the machine is a sentence of ours; anything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof GatewayError) return error.message;
  if (error instanceof Error && error.constructor === Error) return error.message;
  return stackOf(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
