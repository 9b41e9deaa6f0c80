import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { mapThinking, thinks } from '../shared/claude/map-thinking.ts';
import { conversation } from '../shared/prompt.ts';
import { mapFormat } from './map-format.ts';
import { mapMessages } from './map-messages.ts';
import { mapSampling, type SamplingMembers } from './map-sampling.ts';
import { mapTools } from './map-tools.ts';

export interface MappedRequest {
  body: MessageCreateParams & SamplingMembers;
  /** What the request asked for that the model cannot do, or not together with the rest. */
  warnings: Warning[];
}

/** Maps a request to the body of a message request. The caller's own options come last and win. */
export function mapRequest(call: ProviderCall, { streamed }: { streamed: boolean }): MappedRequest {
  const { model, request, options } = call;
  const { messages, system } = conversation(request);
  const { thinking, effort, maxTokens, warnings } = mapThinking(call);
  const sampling = mapSampling(call, { thinks: thinks(thinking) });
  const tools = mapTools(call);
  const { format, instruction, warnings: formatWarnings } = mapFormat(call);
  const instructions = [...system, ...(instruction ? [instruction] : [])].join('\n\n');
  const outputConfig = { ...(effort && { effort }), ...(format && { format }) };
  return {
    body: {
      model,
      max_tokens: maxTokens,
      ...(instructions && { system: instructions }),
      messages: mapMessages(messages),
      ...(thinking && { thinking }),
      ...((effort || format) && { output_config: outputConfig }),
      ...sampling.members,
      ...tools.members,
      ...(request.endUser && { metadata: { user_id: request.endUser } }),
      ...options,
      stream: streamed,
    },
    warnings: [...warnings, ...sampling.warnings, ...tools.warnings, ...formatWarnings],
  };
}
