import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import { requestIdIn } from '../openai-api/request-id.ts';
import { embedInBatches } from '../shared/embed-in-batches.ts';
import type { SdkRequest } from '../shared/sdk-request.ts';
import { mapEmbeddings, mapEmbedRequest } from './map-embeddings.ts';

/** As many texts as TEI, which also stands behind the router, takes in one request unless it is told otherwise. */
export const MAX_TEXTS = 32;

/** How many requests a long list is asked in at the same time. */
const CONCURRENCY = 4;

/** Creates the way to embed texts by extracting features; `requestFor` is how a model is asked. */
export function createEmbed({
  requestFor,
  provider,
}: {
  requestFor(model: string): SdkRequest;
  provider: string;
}): (call: EmbedCall) => Promise<Embeddings> {
  return (call) => {
    const post = requestFor(call.model);
    return embedInBatches(call, { texts: MAX_TEXTS, concurrency: CONCURRENCY }, async (batch) => {
      const { status, headers, body } = await post(mapEmbedRequest(batch), batch);
      const requestId = requestIdIn(headers);
      batch.report({ httpStatus: status, ...(requestId && { requestId }) });
      return mapEmbeddings(await body.text(), { call: batch, provider, headers });
    });
  };
}
