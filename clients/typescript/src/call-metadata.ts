import { Metadata } from '@grpc/grpc-js';
import { SluiceError } from './error.ts';
import { injectTraceContext } from './trace-context.ts';

/** The caller's key, or what fetches it. A function is asked once per call: let it remember what is costly. */
export type ApiKey = string | (() => string | Promise<string>);

/** Metadata to send along. Names that end in `-bin` take bytes. */
export type CallMetadata = Readonly<Record<string, string | Uint8Array>>;

/** Builds what is sent ahead of a request: the caller's key, the trace context, and the caller's own metadata. */
export async function buildMetadata(apiKey: ApiKey | undefined, own: CallMetadata = {}): Promise<Metadata> {
  const metadata = new Metadata();
  if (apiKey !== undefined) metadata.set('authorization', `Bearer ${await resolveApiKey(apiKey)}`);
  await injectTraceContext(metadata);
  for (const [name, value] of Object.entries(own)) setOwn(metadata, name, value);
  return metadata;
}

async function resolveApiKey(apiKey: ApiKey): Promise<string> {
  const key = typeof apiKey === 'string' ? apiKey : await askForKey(apiKey);
  // Checked here, because grpc-js would quote the key in its complaint.
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new SluiceError({
    status: 'UNAUTHENTICATED',
    reason: 'API_KEY_UNAVAILABLE',
    message:
      'apiKey is empty or has characters that metadata cannot carry: is there a line break at its end?',
  });
}

async function askForKey(provide: Exclude<ApiKey, string>): Promise<string> {
  try {
    return await provide();
  } catch (cause) {
    throw new SluiceError({
      status: 'UNAUTHENTICATED',
      reason: 'API_KEY_UNAVAILABLE',
      message: 'The apiKey function failed; see the cause.',
      cause,
    });
  }
}

function setOwn(metadata: Metadata, name: string, value: string | Uint8Array): void {
  try {
    metadata.set(name, typeof value === 'string' ? value : Buffer.from(value));
  } catch {
    throw new SluiceError({
      status: 'INVALID_ARGUMENT',
      reason: 'INVALID_REQUEST',
      message: `metadata.${name}: expected printable ASCII text, or bytes where the name ends in -bin`,
    });
  }
}
