import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import type { ProviderCall } from '../../completion/ports.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { takesOneOfTemperatureAndTopP } from './capabilities.ts';
import { dropped } from './warnings.ts';

/** The body's members for sampling. The SDK's types have lost the first three, which its API version lacks. */
export interface SamplingMembers {
  temperature?: number;
  top_p?: number;
  top_k?: number;
  stop_sequences?: NonNullable<MessageCreateParams['stop_sequences']>;
}

export interface MappedSampling {
  members: SamplingMembers;
  warnings: Warning[];
}

/** Maps how to sample, less what the provider would refuse beside something else that is asked for. */
export function mapSampling(
  { model, request: { sampling } }: ProviderCall,
  { thinks }: { thinks: boolean },
): MappedSampling {
  if (!sampling) return { members: {}, warnings: [] };
  let { temperature, topP, topK } = sampling;
  const warnings: Warning[] = [];
  if (thinks && temperature !== undefined && temperature !== 1) {
    temperature = undefined;
    warnings.push(dropped('sampling.temperature', `${model} takes none but 1 while it thinks`));
  }
  if (thinks && topK !== undefined) {
    topK = undefined;
    warnings.push(dropped('sampling.top_k', `${model} takes none while it thinks`));
  }
  if (thinks && topP !== undefined && topP < MIN_TOP_P_THINKING) {
    topP = undefined;
    warnings.push(
      dropped('sampling.top_p', `${model} takes none below ${MIN_TOP_P_THINKING} while it thinks`),
    );
  }
  if (temperature !== undefined && topP !== undefined && takesOneOfTemperatureAndTopP(model)) {
    topP = undefined;
    warnings.push(dropped('sampling.top_p', `${model} takes either temperature or top_p`));
  }
  const stop = sampling.stop.filter((text) => text.trim() !== '');
  if (stop.length < sampling.stop.length) {
    warnings.push(dropped('sampling.stop', `${model} takes no stop text of nothing but white space`));
  }
  const members = {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(stop.length > 0 && { stop_sequences: stop }),
  };
  return { members, warnings };
}

const MIN_TOP_P_THINKING = 0.95;
