import type { EmbedCall, Embeddings } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Embedding, EmbeddingPurpose } from '../../gen/sluice/v1/embedding_service.ts';
import type { Usage } from '../../gen/sluice/v1/usage.ts';
import { floatsInBase64 } from '../shared/float-vector.ts';
import { type JsonObject, malformed, numberAt, objectAt, objectsAt } from '../shared/json.ts';
import { tokensAt, unreportedUsage } from '../shared/usage.ts';
import { dropped } from '../shared/warnings.ts';

/** Maps texts to the body of an embeddings request. Vectors in base64 take a quarter of the bytes of those in digits. */
export function mapEmbedRequest(call: EmbedCall, { base64 }: { base64: boolean }): object {
  const { model, texts, dimensions, endUser } = call;
  return {
    model,
    input: texts,
    ...(base64 && { encoding_format: 'base64' }),
    ...(dimensions !== undefined && { dimensions }),
    ...(endUser && { user: endUser }),
  };
}

/** Maps vectors, in either form: not all servers heed the one that they were asked for. */
export function mapEmbeddings(answer: JsonObject, call: EmbedCall): Embeddings {
  const embeddings: Embedding[] = [];
  for (const [position, one] of objectsAt(answer, 'data').entries()) {
    embeddings[numberAt(one, 'index') ?? position] = { values: mapVector(one['embedding']) };
  }
  // A hole would be some text's vector.
  if (embeddings.length !== Object.keys(embeddings).length) throw malformed('a vector is missing');
  return {
    embeddings,
    usage: mapUsage(objectAt(answer, 'usage')),
    warnings: embeddingWarnings(call, embeddings),
  };
}

function mapVector(vector: unknown): number[] {
  if (typeof vector === 'string') return floatsInBase64(vector);
  if (Array.isArray(vector) && vector.length > 0 && vector.every((value) => typeof value === 'number'))
    return vector;
  throw malformed('a vector is neither a list of numbers nor base64');
}

/** Some servers tell the total only, which is that of the input. */
function mapUsage(usage: JsonObject | undefined): Usage {
  const tokens = numberAt(usage, 'prompt_tokens') ?? numberAt(usage, 'total_tokens');
  return {
    ...unreportedUsage(),
    inputTokens: tokensAt({ tokens }, 'tokens'),
    estimated: tokens === undefined,
  };
}

/** What a call asked for that its vectors do not show: many a server passes over a length that it cannot make. */
export function embeddingWarnings(
  { dimensions, model, purpose }: EmbedCall,
  embeddings: readonly Embedding[],
): Warning[] {
  const length = embeddings[0]?.values.length;
  const unheeded = dimensions !== undefined && length !== undefined && length !== dimensions;
  return [
    ...(purpose === EmbeddingPurpose.UNSPECIFIED
      ? []
      : [dropped('purpose', `${model} makes the same vectors for all`)]),
    ...(unheeded ? [dropped('dimensions', `${model} has vectors of ${length} components only`)] : []),
  ];
}
