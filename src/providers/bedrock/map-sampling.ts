import type { InferenceConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { fitSampling } from '../shared/claude/fit-sampling.ts';
import type { JsonObject } from '../shared/json.ts';
import { topKMemberOf } from './capabilities.ts';

export interface MappedSampling {
  inferenceConfig: InferenceConfiguration;
  /** What Converse has no word for, but the model has. */
  fields: JsonObject;
  warnings: Warning[];
}

/** Maps how to sample and when to stop, less what Claude would refuse beside something else that is asked for. */
export function mapSampling(call: ProviderCall, { thinks }: { thinks: boolean }): MappedSampling {
  const { maxOutputTokens } = call.request;
  const { temperature, topP, topK, stop, warnings } = fitSampling(call, { thinks });
  return {
    inferenceConfig: {
      ...(maxOutputTokens !== undefined && { maxTokens: maxOutputTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...(stop.length > 0 && { stopSequences: stop }),
    },
    fields: topK === undefined ? {} : topKFields(call.model, topK),
    warnings,
  };
}

function topKFields(model: string, topK: number): JsonObject {
  const member = topKMemberOf(model);
  if (!member) return {};
  return member === 'inferenceConfig.topK' ? { inferenceConfig: { topK } } : { [member]: topK };
}
