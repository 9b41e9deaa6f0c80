/**
 * Keeps callers from creating time series at will: a caller may write any name after `provider/`, so a name
 * becomes a label only once it is configured or has answered.
 */
export interface KnownModels {
  /** Admits names that the configuration holds. */
  configured(names: Iterable<string>): void;
  /** Admits a name that answered, as long as there is room. */
  answered(name: string): void;
  /** The name as a label, or `_OTHER`. */
  label(name: string): string;
}

/** Creates {@link KnownModels}. `limit` bounds the names that were admitted for having answered; default 200. */
export function createKnownModels(limit = 200): KnownModels {
  const configured = new Set<string>();
  const answered = new Set<string>();

  return {
    configured(names) {
      for (const name of names) configured.add(name);
    },
    answered(name) {
      if (answered.size < limit) answered.add(name);
    },
    label: (name) => (configured.has(name) || answered.has(name) ? name : OTHER),
  };
}

const OTHER = '_OTHER';
