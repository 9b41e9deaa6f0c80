import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One exchange with a provider, as its README describes the format. */
export interface Recording {
  id: string;
  provider: string;
  api: string;
  model: string | null;
  features: readonly string[];
  request: { path: string; body: unknown } | null;
  response: {
    status: number;
    headers: Record<string, string | string[]>;
    encoding: 'json' | 'text' | 'base64';
    wire: string;
    /** Parsed where `encoding` is json, otherwise text. */
    body: unknown;
  };
}

/** Beside the repository, not in it: recordings are not ours to copy. */
const FOLDER = fileURLToPath(new URL('../../../shared/wire/', import.meta.url));

/** Said once where there is nothing to replay, so that a green run is not mistaken for a proof. */
export const ABSENT = `No recordings in ../shared/wire (${FOLDER}): wire tests have nothing to replay.`;

/** The recordings of one provider's API, or undefined where there are none at all on this machine. */
export function loadRecordings(wanted: (recording: Recording) => boolean): Recording[] | undefined {
  if (!existsSync(FOLDER)) return undefined;
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ ...readRecording(file), id: file.replace(/\.json$/, '') }))
    .filter(wanted);
}

function readRecording(file: string): Recording {
  return JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8'));
}

/** The body as it went over the wire. */
export function bodyOf({ response }: Recording): Buffer {
  if (response.encoding === 'base64') return Buffer.from(String(response.body), 'base64');
  if (response.encoding === 'text') return Buffer.from(String(response.body));
  return Buffer.from(JSON.stringify(response.body));
}

/** Whether the answer came as a stream: of server-sent events, of AWS's frames, of lines. */
export function isStreamed({ response }: Recording): boolean {
  return STREAMS.has(response.wire);
}

const STREAMS = new Set(['sse', 'aws-eventstream', 'ndjson']);
