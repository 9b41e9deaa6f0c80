import type { FakeProvider, Served } from './fake-provider.ts';

/** A request that one of the providers has counted. */
export interface ServedBy extends Served {
  provider: string;
}

/** Finds the requests that were made for a prompt, in the order of their arrival, whichever provider they went to. */
export function servedByPrompt(
  providers: Readonly<Record<string, FakeProvider>>,
): (prompt: string) => readonly ServedBy[] {
  const all = Object.entries(providers).flatMap(([provider, { served, startedAt }]) =>
    served.map((one) => ({ arrivedAt: one.at + startedAt, by: { ...one, provider } })),
  );
  all.sort((one, other) => one.arrivedAt - other.arrivedAt);
  const found = Map.groupBy(all, ({ by }) => by.prompt);
  return (prompt) => (found.get(prompt) ?? []).map(({ by }) => by);
}
