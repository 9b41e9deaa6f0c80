import { tuneCollector } from '../src/collector.ts';

// Loaded into every process that the benchmark starts: tells the CPU time that it used when asked, and ends with
// the benchmark, however that ends.

// As the gateway does for itself: the floor is to be as good.
tuneCollector();

process.on('message', (message) => {
  if (message === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system });
  }
});
process.on('disconnect', () => process.exit());
// The channel alone keeps no process alive.
process.channel?.unref();

/** Tells the benchmark that this process serves. */
export function ready(address: unknown): void {
  process.send?.({ ready: address });
}
