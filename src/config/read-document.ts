import { type ErrorCode, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './faults.ts';

/**
 * Reads YAML into plain values; an empty file is an empty mapping.
 *
 * @throws ConfigError naming line and column of every syntax error
 */
export function readDocument({ path, text }: { path: string; text: string }): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map(({ code, pos: [offset] }) => {
    const { line, col } = lineCounter.linePos(offset);
    const place = `line ${line}, column ${col}`;
    return { path: place, message: `${place}: ${meaning[code]}` };
  });
  if (faults.length > 0) throw new ConfigError(path, faults);

  try {
    return document.toJS() ?? {};
  } catch (error) {
    const message = 'An alias ("*name") has no anchor ("&name") before it, or is repeated too often.';
    throw new ConfigError(path, [{ path: '', message }], { cause: error });
  }
}

// The parser's own messages quote the text at fault, which may be a secret.
const meaning = {
  ALIAS_PROPS: 'an alias ("*name") takes no tag or anchor.',
  BAD_ALIAS: 'an anchor ("&name") or alias ("*name") needs a name; put a text that starts so in quotes.',
  BAD_COLLECTION_TYPE: 'the tag does not fit what follows it; remove it.',
  BAD_DIRECTIVE: 'a line that starts with "%" is a directive, and this one is not known; remove it.',
  BAD_DQ_ESCAPE:
    'a backslash sequence in double quotes is not known; use single quotes or double the backslash.',
  BAD_INDENT: 'the indentation does not match the lines around it.',
  BAD_PROP_ORDER: 'a tag or anchor stands in the wrong place; put it right before its value.',
  BAD_SCALAR_START: 'a text may not start with this character; put it in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping or list starts on the line of its key; begin it on a line of its own.',
  BLOCK_IN_FLOW: 'an indented mapping or list stands inside braces or brackets; use one notation.',
  DUPLICATE_KEY: 'this key is there twice; remove one.',
  IMPOSSIBLE: 'this cannot be read as YAML.',
  KEY_OVER_1024_CHARS: 'this key is longer than 1024 characters; is a quote or a colon missing?',
  MISSING_CHAR:
    'a character is missing, such as a colon with a space after it, a comma, or a closing quote or brace.',
  MULTILINE_IMPLICIT_KEY: 'a key has to stand on one line; is a colon missing?',
  MULTIPLE_ANCHORS: 'a value takes one anchor at most.',
  MULTIPLE_DOCS: 'the file holds several documents; keep one and remove the "---" between them.',
  MULTIPLE_TAGS: 'a value takes one tag at most.',
  NON_STRING_KEY: 'a key has to be a text; put it in quotes.',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply.',
  TAB_AS_INDENT: 'a tab stands in the indentation; use spaces.',
  TAG_RESOLVE_FAILED: 'this tag is not known; remove it, or put a text that starts with "!" in quotes.',
  UNEXPECTED_TOKEN: 'something stands here that YAML does not expect; is a quote or a brace missing?',
} satisfies Record<ErrorCode, string>;
