/** Makes patterns, in which `*` stands for any text, into a question about a model's name as it is asked for. */
export function matchModels(patterns: readonly string[]): (model: string) => boolean {
  if (patterns.includes('*')) return () => true;
  const names = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wild = patterns.filter((pattern) => pattern.includes('*')).map(compile);
  return (model) => names.has(model) || wild.some((matches) => matches(model));
}

/** Piece by piece, each as early as it can stand: no regular expression, whose time may explode with a few stars. */
function compile(pattern: string): (model: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.at(-1) ?? '';
  const between = rest.slice(0, -1);
  return (model) => {
    const end = model.length - last.length;
    let at = first.length;
    if (at > end || !model.startsWith(first) || !model.endsWith(last)) return false;
    for (const piece of between) {
      const found = model.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}
