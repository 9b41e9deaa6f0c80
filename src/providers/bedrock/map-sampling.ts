import type { InferenceConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ProviderCall } from '../../completion/ports.ts';
import type { Sampling, Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { JsonObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { topKMemberOf } from './capabilities.ts';
import { claudeVersion } from './model-name.ts';

export interface MappedSampling {
  inferenceConfig: InferenceConfiguration;
  /** What Converse has no word for, but the model has. */
  fields: JsonObject;
  warnings: Warning[];
}

/** Maps how to sample and when to stop, less what Claude would refuse beside something else that is asked for. */
export function mapSampling(
  { model, request: { sampling, maxOutputTokens } }: ProviderCall,
  { thinks }: { thinks: boolean },
): MappedSampling {
  const limit = maxOutputTokens === undefined ? {} : { maxTokens: maxOutputTokens };
  if (!sampling) return { inferenceConfig: limit, fields: {}, warnings: [] };
  const refused = refusals(model, sampling, thinks);
  const kept = (name: string) => !refused.some(({ field }) => field === `sampling.${name}`);
  const { temperature, topP, topK } = sampling;
  const stopSequences = sampling.stop.filter((text) => text.trim() !== '');
  return {
    inferenceConfig: {
      ...limit,
      ...(temperature !== undefined && kept('temperature') && { temperature }),
      ...(topP !== undefined && kept('top_p') && { topP }),
      ...(stopSequences.length > 0 && { stopSequences }),
    },
    fields: topK !== undefined && kept('top_k') ? topKFields(model, topK) : {},
    warnings:
      stopSequences.length === sampling.stop.length
        ? refused
        : [...refused, dropped('sampling.stop', `${model} takes no stop text of nothing but white space`)],
  };
}

function topKFields(model: string, topK: number): JsonObject {
  const member = topKMemberOf(model);
  if (!member) return {};
  return member === 'inferenceConfig.topK' ? { inferenceConfig: { topK } } : { [member]: topK };
}

function refusals(model: string, { temperature, topP, topK }: Sampling, thinks: boolean): Warning[] {
  const refused: Warning[] = [];
  if (thinks) {
    if (temperature !== undefined && temperature !== 1)
      refused.push(dropped('sampling.temperature', `${model} takes none but 1 while it thinks`));
    if (topK !== undefined) refused.push(dropped('sampling.top_k', `${model} takes none while it thinks`));
    if (topP !== undefined && topP < MIN_TOP_P_THINKING) {
      const why = `${model} takes none below ${MIN_TOP_P_THINKING} while it thinks`;
      return [...refused, dropped('sampling.top_p', why)];
    }
  }
  const oneOfTwo = claudeVersion(model) >= 401 && temperature !== undefined && topP !== undefined;
  if (oneOfTwo && !refused.some(({ field }) => field === 'sampling.temperature')) {
    refused.push(dropped('sampling.top_p', `${model} takes either temperature or top_p`));
  }
  return refused;
}

const MIN_TOP_P_THINKING = 0.95;
