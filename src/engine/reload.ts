import { GatewayError, toGatewayError } from '../completion/error.ts';
import type { Config, TlsConfig } from '../config/config.ts';
import { type Change, describeChanges } from '../config/describe-changes.ts';
import { ConfigError, type Fault } from '../config/faults.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/** Puts a changed configuration to use while calls run. */
export interface Reloader {
  /**
   * Reads the configuration again, and puts to use what of it can be without a restart. Returns what differs, a sentence
   * each. One at a time: who comes meanwhile waits.
   *
   * @throws GatewayError INVALID_REQUEST with every fault by its path; nothing has changed then.
   */
  reload(wish: ReloadWish): Promise<string[]>;
  /** Refuses further reloads, once the one under way is over. */
  close(): Promise<void>;
}

export interface ReloadWish {
  /** Only tells what would change. */
  validateOnly: boolean;
  /** Who wants it, for the log. */
  by: { caller: string } | { signal: string };
}

export interface ReloadDependencies {
  /** The configuration that the process began with. */
  first: LoadedConfig;
  /** Reads it again. Throws a ConfigError. */
  read: () => LoadedConfig;
  renewCertificates(tls: TlsConfig | undefined): Promise<{ changed: boolean; take(): void }>;
  /** Takes secrets out of what is told. The sentences hold none, but for one in a place where nobody could expect it. */
  redact(text: string): string;
  /** Has the calls that begin from now on served by another configuration. */
  apply(config: Config): Promise<void>;
  log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/** How many changes or faults a reload may write; the line before them tells how many there are. */
const LINES = 50;

export function createReloader({
  first,
  read,
  renewCertificates,
  redact,
  apply,
  log,
}: ReloadDependencies): Reloader {
  let inUse = first;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  return {
    reload(wish) {
      const mine = last.then(() => reload(wish));
      last = mine.catch(() => {});
      return mine;
    },
    async close() {
      closed = true;
      await last;
    },
  };

  async function reload({ validateOnly, by }: ReloadWish): Promise<string[]> {
    if (closed) throw stopping();
    const fields = { ...by, ...(validateOnly && { validateOnly }) };
    try {
      const changes = (await readAgain(validateOnly)).map(redact);
      log.info({ ...fields, changes: changes.length }, 'configuration read again');
      logEach(changes, (change) => log.info({ ...fields, change }, 'configuration changed'));
      return changes;
    } catch (thrown) {
      const faults = faultsOf(thrown)?.map(({ path, message }) => ({ path, message: redact(message) }));
      if (!faults) {
        // Whoever sent a signal learns of it nowhere else.
        log.warn({ ...fields, error: stackOf(thrown) }, 'configuration could not be put to use');
        throw toGatewayError(thrown);
      }
      log.warn({ ...fields, faults: faults.length }, 'configuration refused, nothing has changed');
      logEach(faults, ({ message }) => log.warn({ ...fields, fault: message }, 'configuration fault'));
      throw refusal(faults, thrown);
    }
  }

  async function readAgain(validateOnly: boolean): Promise<string[]> {
    const next = read();
    const certificates = await renewCertificates(next.config.server.tls).catch((error: unknown) => {
      throw new ConfigError(undefined, [{ path: 'server.tls', message: messageOf(error) }], { cause: error });
    });
    const now = describeChanges(inUse.said, next.said).filter(({ needsRestart }) => !needsRestart);
    // Told again each time, until there is a restart or nothing to restart for.
    const later = describeChanges(first.said, next.said).filter(({ needsRestart }) => needsRestart);
    if (!validateOnly) {
      if (now.length > 0) await apply(next.config);
      certificates.take();
      inUse = next;
    }
    const renewed = certificates.changed ? ['server.tls: the files hold other certificates.'] : [];
    return [...sentencesOf(now), ...renewed, ...sentencesOf(later)];
  }
}

function sentencesOf(changes: readonly Change[]): string[] {
  return changes.map(({ sentence }) => sentence);
}

function logEach<Item>(items: readonly Item[], write: (item: Item) => void): void {
  for (const item of items.slice(0, LINES)) write(item);
}

function faultsOf(thrown: unknown): readonly Fault[] | undefined {
  return thrown instanceof ConfigError ? thrown.faults : undefined;
}

function refusal(faults: readonly Fault[], cause: unknown): GatewayError {
  const others = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`;
  return new GatewayError(
    ErrorReason.INVALID_REQUEST,
    `The configuration is faulty and stays as it was: ${faults[0]?.message}${others}`,
    {
      cause,
      violations: faults.map(({ path, message }) => ({ field: path, description: message })),
      metadata: { faults: String(faults.length) },
    },
  );
}

function stopping(): GatewayError {
  return new GatewayError(
    ErrorReason.GATEWAY_OVERLOADED,
    'The gateway is stopping; it reloads nothing any more.',
  );
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
