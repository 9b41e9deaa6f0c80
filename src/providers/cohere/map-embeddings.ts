import type { Cohere } from 'cohere-ai';
import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Embedding, EmbeddingPurpose } from '../../gen/sluice/v1/embedding_service.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { floatsInBase64 } from '../shared/float-vector.ts';
import { isObject, malformed, objectAt, parseObject } from '../shared/json.ts';
import { tokensAt, unreportedUsage } from '../shared/usage.ts';
import { dropped } from '../shared/warnings.ts';
import { offersBase64, takesDimensions } from './capabilities.ts';
import { answeredError } from './map-error.ts';
import type { Wire } from './wire.ts';

export interface MappedEmbedRequest {
  body: Wire<Cohere.V2EmbedRequest>;
  /** What the call asked for that the model cannot do. */
  warnings: Warning[];
}

/** Maps texts to the body of an embed request. */
export function mapEmbedRequest({ model, texts, dimensions, purpose }: EmbedCall): MappedEmbedRequest {
  const shortened = dimensions !== undefined && takesDimensions(model);
  return {
    body: {
      model,
      texts: [...texts],
      input_type: INPUT_TYPES[purpose],
      ...(shortened && { output_dimension: dimensions }),
      embedding_types: [offersBase64(model) ? 'base64' : 'float'],
      // Otherwise the end of a text that is too long would be left out in silence.
      truncate: 'NONE',
    },
    warnings:
      dimensions === undefined || shortened
        ? []
        : [dropped('dimensions', `the vectors of ${model} have one length`)],
  };
}

/** The provider insists on a purpose; texts that nothing is said of are taken to be there to be found. */
const INPUT_TYPES: Record<EmbeddingPurpose, Wire<Cohere.V2EmbedRequest>['input_type']> = {
  [EmbeddingPurpose.UNSPECIFIED]: 'search_document',
  [EmbeddingPurpose.UNRECOGNIZED]: 'search_document',
  [EmbeddingPurpose.QUERY]: 'search_query',
  [EmbeddingPurpose.DOCUMENT]: 'search_document',
  [EmbeddingPurpose.CLASSIFICATION]: 'classification',
  [EmbeddingPurpose.CLUSTERING]: 'clustering',
};

/** Maps vectors, in whichever of the two forms they come. */
export function mapEmbeddings(
  body: string,
  { provider, warnings }: { provider: string; warnings: Warning[] },
): Embeddings {
  const answer = parseObject(body);
  const error = answeredError(answer, provider);
  if (error) throw error;
  const { embeddings } = answer;
  if (!isObject(embeddings)) throw malformed('it has no embeddings');
  const { base64, float } = embeddings;
  const vectors = base64 ?? float;
  if (!Array.isArray(vectors)) throw malformed('it has neither base64 nor float embeddings');
  const meta = objectAt(answer, 'meta');
  return {
    embeddings: vectors.map(mapVector),
    usage: mapUsage(tokensAt(objectAt(meta, 'tokens') ?? objectAt(meta, 'billed_units'), 'input_tokens')),
    warnings,
  };
}

function mapVector(vector: unknown): Embedding {
  if (typeof vector === 'string') return { values: floatsInBase64(vector) };
  if (Array.isArray(vector) && vector.every((value) => typeof value === 'number')) return { values: vector };
  throw malformed('a vector is neither a text nor a list of numbers');
}

function mapUsage(inputTokens: number): Usage {
  return { ...unreportedUsage(), inputTokens, estimated: inputTokens === 0 };
}
