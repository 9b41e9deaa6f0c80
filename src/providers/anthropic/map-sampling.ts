import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { fitSampling } from '../shared/claude/fit-sampling.ts';

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
export function mapSampling(call: ProviderCall, { thinks }: { thinks: boolean }): MappedSampling {
  const { temperature, topP, topK, stop, warnings } = fitSampling(call, { thinks });
  const members = {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(stop.length > 0 && { stop_sequences: stop }),
  };
  return { members, warnings };
}
