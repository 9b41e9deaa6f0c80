import type { Answer, ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, objectsAt, stringAt } from '../shared/json.ts';
import { signatureBytes } from '../shared/signature.ts';
import { argumentsFromObject } from '../shared/tool-arguments.ts';
import { mapCitations, mapRedactedThinking, mapRefusal } from './map-content.ts';
import { answeredError } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { responseFacts } from './response-facts.ts';

/** Maps a whole message. Its parts stand in the order in which a stream brings them. */
export function mapAnswer(
  message: JsonObject,
  context: { call: ProviderCall; provider: string; warnings: Warning[] },
): Answer {
  const { call, provider, warnings } = context;
  const error = answeredError(message, provider);
  if (error) throw error;
  call.report(responseFacts(message));
  const { content } = message;
  const stopReason = stringAt(message, 'stop_reason');
  if (!Array.isArray(content)) throw malformed('it has no content');
  if (!stopReason) throw malformed('it has no stop_reason');
  const parts = [...objectsAt(message, 'content').flatMap(mapBlock), ...mapRefusal(message)];
  return {
    message: { role: Role.ASSISTANT, parts, name: '' },
    finishReason: mapFinishReason(stopReason),
    providerFinishReason: stopReason,
    usage: mapUsage(objectAt(message, 'usage')),
    warnings,
  };
}

/** Blocks of the provider's own tools, and kinds that are not known yet, say nothing to the caller. */
function mapBlock(block: JsonObject): Part[] {
  switch (stringAt(block, 'type')) {
    case 'text':
      return [...mapText(block), ...mapCitations(block)];
    case 'thinking':
      return [mapThinking(block)];
    case 'redacted_thinking':
      return [mapRedactedThinking(block)];
    case 'tool_use':
      return [mapToolUse(block)];
    default:
      return [];
  }
}

function mapText(block: JsonObject): Part[] {
  const value = stringAt(block, 'text');
  return value ? [{ part: { $case: 'text', value } }] : [];
}

function mapThinking(block: JsonObject): Part {
  const text = stringAt(block, 'thinking') ?? '';
  const signature = signatureBytes(stringAt(block, 'signature'));
  return { part: { $case: 'reasoning', value: { text, signature, redacted: false } } };
}

function mapToolUse(block: JsonObject): Part {
  const { input } = block;
  const value = {
    id: stringAt(block, 'id') ?? '',
    name: stringAt(block, 'name') ?? '',
    arguments: argumentsFromObject(input),
    signature: Buffer.alloc(0),
  };
  return { part: { $case: 'toolCall', value } };
}
