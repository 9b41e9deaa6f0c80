import type { Cohere } from 'cohere-ai';
import { invalidRequest } from '../../completion/error.ts';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { conversation } from '../shared/prompt.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapDocuments } from './map-documents.ts';
import { mapFormat } from './map-format.ts';
import { mapMessages } from './map-messages.ts';
import { mapSampling } from './map-sampling.ts';
import { mapThinking } from './map-thinking.ts';
import { mapTools } from './map-tools.ts';
import type { Wire } from './wire.ts';

export interface MappedRequest {
  body: Wire<Cohere.V2ChatRequest> & { stream: boolean };
  /** What the request asked for that the provider cannot do, or not together with the rest. */
  warnings: Warning[];
}

/** Maps a request to the body of a chat request. The caller's own options come last and win. */
export function mapRequest(call: ProviderCall, { streamed }: { streamed: boolean }): MappedRequest {
  const { model, request, options } = call;
  const { messages, system } = conversation(request);
  const thinking = mapThinking(call);
  const thinks = capabilitiesOf(model).reasoning && thinking?.type !== 'disabled';
  const turns = mapMessages(messages, { thinks });
  if (turns.length === 0) {
    throw invalidRequest('messages', 'hold nothing but instructions; add what the user says.');
  }
  const documents = mapDocuments(messages);
  const tools = mapTools(call);
  const sampling = mapSampling(request.sampling);
  const alone = documents.length === 0 && tools.members.tools === undefined;
  const { format, instruction, warnings } = mapFormat(request, { messages, alone });
  const instructions = [...system, ...(instruction ? [instruction] : [])];
  return {
    body: {
      model,
      messages: [...mapInstructions(instructions), ...turns],
      ...(documents.length > 0 && { documents }),
      ...tools.members,
      ...(format && { response_format: format }),
      ...(request.maxOutputTokens !== undefined && { max_tokens: request.maxOutputTokens }),
      ...sampling.members,
      ...(thinking && { thinking }),
      ...options,
      stream: streamed,
    },
    warnings: [...tools.warnings, ...sampling.warnings, ...warnings],
  };
}

function mapInstructions(instructions: readonly string[]): Wire<Cohere.ChatMessageV2>[] {
  const content = instructions.join('\n\n');
  return content === '' ? [] : [{ role: 'system', content }];
}
