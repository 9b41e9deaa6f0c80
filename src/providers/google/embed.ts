import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import { type BatchLimits, embedInBatches } from '../shared/embed-in-batches.ts';
import type { LeanResponse } from '../shared/response.ts';
import type { Address } from './address.ts';
import { takesTaskType } from './capabilities.ts';
import { mapBatchEmbedRequest, mapEmbeddings, mapEmbedRequest, mapPredictRequest } from './map-embeddings.ts';
import { readAnswer } from './map-error.ts';
import type { Sender } from './sender.ts';

/** Creates the way to turn texts into vectors. Vertex has other methods for it than Gemini, by the age of the model. */
export function createEmbed(deps: {
  provider: string;
  address: Address;
  sender: Sender;
}): (call: EmbedCall) => Promise<Embeddings> {
  const { provider, address, sender } = deps;

  return (call) =>
    embedInBatches(call, limitsOf(call.model), async (batch) => {
      const response = await send(batch);
      batch.report({ httpStatus: response.status });
      return mapEmbeddings(readAnswer(await response.text(), provider));
    });

  function send(call: EmbedCall): Promise<LeanResponse> {
    const { model, texts } = call;
    if (!address.vertex) {
      const body = mapBatchEmbedRequest(call);
      return sender.bySdk(model, (generative) => generative.batchEmbedContents(body), call);
    }
    const [method, body] = takesTaskType(model)
      ? ['predict', mapPredictRequest(call)]
      : ['embedContent', mapEmbedRequest(call, texts[0] ?? '')];
    return sender.byHand(address.vertexUrl(model, method), body, call);
  }

  function limitsOf(model: string): BatchLimits {
    if (!address.vertex) return { texts: 100, concurrency: 4 };
    // Vertex's older models take 20,000 tokens in all, and 2,048 of each text.
    return { texts: /gemini/.test(model) ? 1 : 9, concurrency: 8 };
  }
}
