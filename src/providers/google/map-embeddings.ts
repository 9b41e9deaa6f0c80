import type { BatchEmbedContentsRequest } from '@google/generative-ai';
import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import { type Embedding, EmbeddingPurpose } from '../../gen/sluice/v1/embedding_service.ts';
import { type JsonObject, malformed, objectAt, objectsAt } from '../shared/json.ts';
import { tokensAt, unreportedUsage } from '../shared/usage.ts';
import { takesTaskType } from './capabilities.ts';

/** Maps texts to the body of `batchEmbedContents`; the SDK adds the model to each. */
export function mapBatchEmbedRequest(call: EmbedCall): BatchEmbedContentsRequest {
  const requests = call.texts.map((text) => mapEmbedRequest(call, text));
  // The SDK writes out what it is given, but its types do not know of dimensions.
  return { requests } as unknown as BatchEmbedContentsRequest;
}

/** Maps one text to the body of `embedContent`. */
export function mapEmbedRequest({ model, dimensions, purpose }: EmbedCall, text: string): JsonObject {
  const { taskType, prompt } = PURPOSES[purpose];
  const asSetting = takesTaskType(model);
  return {
    content: { role: 'user', parts: [{ text: asSetting ? text : prompt + text }] },
    ...(asSetting && taskType && { taskType }),
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
  };
}

/** Maps texts to the body of Vertex's `predict`, which would shorten them in silence. */
export function mapPredictRequest({ texts, dimensions, purpose }: EmbedCall): JsonObject {
  const { taskType } = PURPOSES[purpose];
  return {
    instances: texts.map((content) => ({ content, ...(taskType && { task_type: taskType }) })),
    parameters: {
      autoTruncate: false,
      ...(dimensions !== undefined && { outputDimensionality: dimensions }),
    },
  };
}

/** Reads vectors, in any of the forms that Gemini and Vertex give them in. */
export function mapEmbeddings(answer: JsonObject): Embeddings {
  const single = objectAt(answer, 'embedding');
  const predictions = objectsAt(answer, 'predictions').map((prediction) =>
    objectAt(prediction, 'embeddings'),
  );
  const vectors = [...(single ? [single] : []), ...objectsAt(answer, 'embeddings'), ...predictions];
  return {
    embeddings: vectors.map(mapVector),
    usage: {
      ...unreportedUsage(),
      ...reportedTokens(objectAt(answer, 'usageMetadata')),
      ...countedTokens(predictions),
    },
    warnings: [],
  };
}

function mapVector(vector: JsonObject | undefined): Embedding {
  const { values } = vector ?? {};
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw malformed('a vector is not a list of numbers');
  }
  return { values };
}

/** Only the newest models report what they read. */
function reportedTokens(usage: JsonObject | undefined): Partial<Embeddings['usage']> {
  return usage ? { inputTokens: tokensAt(usage, 'promptTokenCount'), estimated: false } : {};
}

/** Vertex counts each text by itself. */
function countedTokens(predictions: readonly (JsonObject | undefined)[]): Partial<Embeddings['usage']> {
  const statistics = predictions.map((prediction) => objectAt(prediction, 'statistics'));
  if (statistics.length === 0 || statistics.some((one) => one?.['token_count'] === undefined)) return {};
  const inputTokens = statistics.reduce((sum, one) => sum + tokensAt(one, 'token_count'), 0);
  return { inputTokens, estimated: false };
}

/** What a purpose is called, and what newer models want to read before the text instead. */
const PURPOSES: Record<EmbeddingPurpose, { taskType?: string; prompt: string }> = {
  [EmbeddingPurpose.UNSPECIFIED]: { prompt: '' },
  [EmbeddingPurpose.UNRECOGNIZED]: { prompt: '' },
  [EmbeddingPurpose.QUERY]: { taskType: 'RETRIEVAL_QUERY', prompt: 'task: search result | query: ' },
  [EmbeddingPurpose.DOCUMENT]: { taskType: 'RETRIEVAL_DOCUMENT', prompt: 'title: none | text: ' },
  [EmbeddingPurpose.CLASSIFICATION]: {
    taskType: 'CLASSIFICATION',
    prompt: 'task: classification | query: ',
  },
  [EmbeddingPurpose.CLUSTERING]: { taskType: 'CLUSTERING', prompt: 'task: clustering | query: ' },
};
