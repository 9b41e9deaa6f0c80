import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { EmbeddingPurpose } from '../../gen/sluice/v1/embedding_service.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import type { BatchLimits } from '../shared/embed-in-batches.ts';
import { type JsonObject, malformed, numberAt, objectAt, parseObject } from '../shared/json.ts';
import type { LeanResponse } from '../shared/response.ts';
import { unreportedUsage } from '../shared/usage.ts';
import { dropped } from '../shared/warnings.ts';
import { foundationModel } from './model-name.ts';

/** How a family of models is asked for vectors: Bedrock has no API of its own for that, and passes theirs on. */
export interface EmbeddingModel {
  limits: BatchLimits;
  body(call: EmbedCall): object;
  vectors(answer: JsonObject): number[][];
  /** What of the call the model cannot do. */
  warnings(call: EmbedCall): Warning[];
}

/** The family of a model, or undefined where none is known. */
export function embeddingModelOf(model: string): EmbeddingModel | undefined {
  const name = foundationModel(model);
  if (name.startsWith('cohere.embed')) return /-v3/.test(name) ? COHERE_3 : COHERE;
  if (name.startsWith('amazon.titan-embed-image')) return TITAN_IMAGE;
  if (name.startsWith('amazon.titan-embed')) return name.includes('text-v2') ? TITAN_2 : TITAN_1;
  return undefined;
}

/** Reads the vectors of one request. How many tokens they took stands in a header, if not in the answer. */
export async function mapEmbeddings(
  response: LeanResponse,
  { family, warnings }: { family: EmbeddingModel; warnings: Warning[] },
): Promise<Embeddings> {
  const answer = parseObject(await response.text());
  const embeddings = family.vectors(answer).map((values) => ({ values }));
  return { embeddings, usage: usageOf(answer, response), warnings };
}

function usageOf(answer: JsonObject, { headers }: LeanResponse): Usage {
  const counted = Number(headers.get('x-amzn-bedrock-input-token-count') ?? Number.NaN);
  const inputTokens = numberAt(answer, 'inputTextTokenCount') ?? counted;
  return Number.isInteger(inputTokens)
    ? { ...unreportedUsage(), inputTokens, estimated: false }
    : unreportedUsage();
}

/** Titan takes one text a request. */
const ONE_TEXT: BatchLimits = { texts: 1, concurrency: 8 };

const TITAN_1: EmbeddingModel = {
  limits: ONE_TEXT,
  body: ({ texts: [inputText] }) => ({ inputText }),
  vectors: (answer) => [vectorAt(answer, 'embedding')],
  warnings: (call) => [...withoutDimensions(call), ...withoutPurpose(call)],
};

const TITAN_2: EmbeddingModel = {
  ...TITAN_1,
  body: ({ texts: [inputText], dimensions }) => ({
    inputText,
    ...(dimensions !== undefined && { dimensions }),
  }),
  warnings: withoutPurpose,
};

const TITAN_IMAGE: EmbeddingModel = {
  ...TITAN_1,
  body: ({ texts: [inputText], dimensions }) => ({
    inputText,
    ...(dimensions !== undefined && { embeddingConfig: { outputEmbeddingLength: dimensions } }),
  }),
  warnings: withoutPurpose,
};

const COHERE: EmbeddingModel = {
  limits: { texts: 96, concurrency: 4 },
  body: ({ texts, purpose, dimensions }) => ({
    texts,
    input_type: INPUT_TYPES.get(purpose) ?? 'search_document',
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  }),
  vectors: cohereVectors,
  warnings: () => [],
};

const COHERE_3: EmbeddingModel = {
  ...COHERE,
  body: (call) => COHERE.body({ ...call, dimensions: undefined }),
  warnings: withoutDimensions,
};

/** Cohere insists on a purpose. */
const INPUT_TYPES = new Map<EmbeddingPurpose, string>([
  [EmbeddingPurpose.QUERY, 'search_query'],
  [EmbeddingPurpose.DOCUMENT, 'search_document'],
  [EmbeddingPurpose.CLASSIFICATION, 'classification'],
  [EmbeddingPurpose.CLUSTERING, 'clustering'],
]);

/** A list of vectors, or one by type of number. */
function cohereVectors(answer: JsonObject): number[][] {
  const { embeddings } = answer;
  const vectors = Array.isArray(embeddings) ? embeddings : objectAt(answer, 'embeddings')?.['float'];
  if (!Array.isArray(vectors)) throw malformed('it has no embeddings');
  return vectors.map((values) => vectorAt({ values }, 'values'));
}

function vectorAt(object: JsonObject, key: string): number[] {
  const { [key]: values } = object;
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw malformed(`"${key}" is not a list of numbers`);
  }
  return values;
}

function withoutDimensions({ model, dimensions }: EmbedCall): Warning[] {
  if (dimensions === undefined) return [];
  return [dropped('dimensions', `${model} has vectors of one length`)];
}

function withoutPurpose({ model, purpose }: EmbedCall): Warning[] {
  if (purpose === EmbeddingPurpose.UNSPECIFIED) return [];
  return [dropped('purpose', `${model} has the same vectors for every purpose`)];
}
