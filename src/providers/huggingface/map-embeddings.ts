import type { FeatureExtractionArgs } from '@huggingface/inference';
import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import type { Embedding } from '../../gen/sluice/v1/embedding_service.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { embeddingWarnings } from '../openai-api/map-embeddings.ts';
import { isObject, malformed } from '../shared/json.ts';
import type { ReadableHeaders } from '../shared/retry-after.ts';
import { tokensAt, unreportedUsage } from '../shared/usage.ts';
import { countInHeader } from './count-in-header.ts';
import { answeredError } from './map-error.ts';

/** Maps texts to the body of a request for features. */
export function mapEmbedRequest({ texts, dimensions }: EmbedCall): FeatureExtractionArgs {
  return { inputs: [...texts], ...(dimensions !== undefined && { dimensions }) };
}

/** Maps extracted features: a vector per text, or the vector itself where there was one text. */
export function mapEmbeddings(
  body: string,
  { call, provider, headers }: { call: EmbedCall; provider: string; headers: ReadableHeaders },
): Embeddings {
  const features = parseFeatures(body, provider);
  const isOne = call.texts.length === 1 && features.length > 1 && isVector(features);
  const vectors = isOne ? [features] : features;
  if (!vectors.every(isVector)) {
    throw malformed(
      vectors.every(isListOfVectors)
        ? 'it has a vector for each token instead of each text; ask a model that pools them, such as one of sentence-transformers'
        : 'it is not a list of vectors',
    );
  }
  const embeddings = vectors.map((values): Embedding => ({ values }));
  return { embeddings, usage: mapUsage(headers), warnings: embeddingWarnings(call, embeddings) };
}

function parseFeatures(body: string, provider: string): readonly unknown[] {
  let features: unknown;
  try {
    features = JSON.parse(body);
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
  if (Array.isArray(features)) return features;
  const error = isObject(features) ? answeredError(features, provider) : undefined;
  throw error ?? malformed('it is not a list of vectors');
}

function isListOfVectors(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isVector);
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number');
}

function mapUsage(headers: ReadableHeaders): Usage {
  const tokens = countInHeader(headers, 'x-compute-tokens');
  return {
    ...unreportedUsage(),
    inputTokens: tokensAt({ tokens }, 'tokens'),
    estimated: tokens === undefined,
  };
}
