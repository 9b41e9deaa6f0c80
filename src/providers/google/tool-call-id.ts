/** An id for a call that Gemini gave none, as mostly happens: a caller has to quote one. */
export function missingId(answerId: string, index: number): string {
  return `call_${answerId}_${index}`;
}

/**
 * The id as Gemini knows it; undefined where it is ours, or another provider's. Gemini's own have no underscore, and
 * everybody else's have (`call_…`, `toolu_…`).
 */
export function geminiId(id: string): string | undefined {
  return id === '' || id.includes('_') ? undefined : id;
}
