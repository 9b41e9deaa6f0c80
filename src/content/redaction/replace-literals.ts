/**
 * Replaces the texts and numbers in a JSON text, names of fields too; all else stays as it was written. `name` is what the
 * field is called that a literal is the value of, as it is written.
 */
export function replaceLiterals(json: string, replace: (literal: string, name?: string) => string): string {
  let result = '';
  let copied = 0;
  let name: string | undefined;
  for (let at = 0; at < json.length; ) {
    const end = endOfLiteral(json, at);
    if (end === at) {
      // A value has been passed, or none of one field comes.
      if (/[,{}[\]]/.test(json.charAt(at))) name = undefined;
      at += 1;
      continue;
    }
    const literal = json.slice(at, end);
    const replaced = replace(literal, name);
    if (replaced !== literal) {
      result += json.slice(copied, at) + replaced;
      copied = end;
    }
    name = literal.startsWith('"') ? literal : undefined;
    at = end;
  }
  return result + json.slice(copied);
}

/** Where the text or number ends that begins here; the same place where none does. */
function endOfLiteral(json: string, start: number): number {
  let at = start;
  if (json[at] === '"') {
    do at += json[at] === '\\' ? 2 : 1;
    while (at < json.length && json[at] !== '"');
    return at + 1;
  }
  while (at < json.length && isOfNumber(json.charCodeAt(at))) at += 1;
  return at;
}

/** Digits, and what may stand between them; the letters of `true` and `null` are passed one by one. */
function isOfNumber(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 43;
}
