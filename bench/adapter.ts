import type { Provider, ProviderCall } from '../src/completion/ports/provider.ts';
import { createProvider } from '../src/providers/registry.ts';
import { adapterConfig, isAdapter } from './adapters.ts';
import { type Count, type Job, takeJobs } from './jobs.ts';
import { ANSWER, sampleRequest, TOKEN, TOKENS_PER_STREAM } from './sample.ts';

// A process: one provider's adapter, and calls of it. No gateway around it, so that nothing evens adapters out.

/** One stretch of calls of the adapter. */
export interface AdapterJob extends Job {
  streamed: boolean;
}

const [name = '', origin = ''] = process.argv.slice(2);
if (!isAdapter(name)) throw new Error(`there is no adapter "${name}"`);
const provider = await createProvider({
  config: adapterConfig(name, origin),
  connectTimeoutMs: 5_000,
  now: Date.now,
});
const request = sampleRequest({ model: 'bench', short: true });

takeJobs(({ streamed }: AdapterJob, count) => {
  const ask = streamed ? stream : complete;
  return (_lane, over) => {
    const abort = new AbortController();
    const call: ProviderCall = {
      model: request.model,
      request,
      options: undefined,
      defaultMaxOutputTokens: 4096,
      signal: abort.signal,
      report: () => {},
    };
    ask(provider, call, count).then(() => over(), over);
    return { cancel: () => abort.abort() };
  };
});

async function complete({ complete }: Provider, call: ProviderCall, count: Count): Promise<void> {
  const { message } = await complete(call);
  const [{ part } = {}] = message.parts;
  if (part?.$case !== 'text' || part.value !== ANSWER) throw new Error('it is not the answer');
  count.units += 1;
  count.messages += 1;
}

async function stream({ stream }: Provider, call: ProviderCall, count: Count): Promise<void> {
  let length = 0;
  for await (const events of stream(call)) {
    const before = length;
    for (const event of events) if (event.$case === 'textDelta') length += event.value.text.length;
    if (length === before) continue;
    count.units += (length - before) / TOKEN.length;
    count.messages += 1;
  }
  if (length !== TOKENS_PER_STREAM * TOKEN.length) throw new Error('a stream was cut short');
}
