import { GatewayError } from './completion/error.ts';
import { readEnvironment, readFile } from './config/environment.ts';
import { ConfigError } from './config/faults.ts';
import { loadConfig } from './config/load-config.ts';
import { welcome } from './config/welcome.ts';
import { createService } from './service.ts';

// The process: read the configuration, serve, stop on a signal.

try {
  const config = loadConfig({ environment: readEnvironment(), readFile });
  const service = await createService(config);
  const addresses = await service.start();
  process.stderr.write(welcome(config, addresses));
  service.log.info({ ...addresses, providers: config.providers.map(({ name }) => name) }, 'serving');

  const stop = async (signal: NodeJS.Signals) => {
    // A second signal ends the process the way it ends any other.
    process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
    service.log.info({ signal }, 'stopping');
    await service.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
} catch (error) {
  process.stderr.write(`Sluice cannot start.\n${explain(error)}\n`);
  process.exitCode = 1;
}

/** What is wrong with the configuration or the machine is a sentence of ours; anything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof GatewayError) return error.message;
  if (error instanceof Error)
    return error.constructor === Error ? error.message : (error.stack ?? error.message);
  return String(error);
}
