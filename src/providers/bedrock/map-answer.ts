import type { Answer } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, objectsAt, stringAt } from '../shared/json.ts';
import { signatureBytes } from '../shared/signature.ts';
import { argumentsFromObject } from '../shared/tool-arguments.ts';
import {
  bytesAt,
  isProvidersOwn,
  mapCitation,
  mapImage,
  mapRedactedReasoning,
  textsIn,
} from './map-content.ts';
import { answeredError } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';

/** Maps a whole answer of Converse. Its parts stand in the order in which a stream brings them. */
export function mapAnswer(
  answer: JsonObject,
  { provider, warnings }: { provider: string; warnings: Warning[] },
): Answer {
  const error = answeredError(answer, provider);
  if (error) throw error;
  const message = objectAt(objectAt(answer, 'output'), 'message');
  const stopReason = stringAt(answer, 'stopReason');
  if (!Array.isArray(message?.['content'])) throw malformed('it has no content');
  if (!stopReason) throw malformed('it has no stopReason');
  const parts = objectsAt(message, 'content').flatMap(mapBlock);
  const callsTools = parts.some(({ part }) => part?.$case === 'toolCall');
  return {
    message: { role: Role.ASSISTANT, parts, name: '' },
    finishReason: mapFinishReason(stopReason, { callsTools }),
    providerFinishReason: stopReason,
    usage: mapUsage(objectAt(answer, 'usage')),
    warnings,
  };
}

/** A block's kind is told by the member that it has. Kinds that are not known yet say nothing to the caller. */
function mapBlock(block: JsonObject): Part[] {
  const text = stringAt(block, 'text');
  if (text !== undefined) return mapText(text);
  const toolUse = objectAt(block, 'toolUse');
  if (toolUse) return isProvidersOwn(toolUse) ? [] : [mapToolUse(toolUse)];
  const reasoning = objectAt(block, 'reasoningContent');
  if (reasoning) return mapReasoning(reasoning);
  const cited = objectAt(block, 'citationsContent');
  if (cited)
    return [...mapText(textsIn(cited, 'content')), ...objectsAt(cited, 'citations').map(mapCitation)];
  const image = objectAt(block, 'image');
  if (image) return [mapImage(stringAt(image, 'format'), bytesAt(objectAt(image, 'source'), 'bytes'))];
  return [];
}

function mapText(value: string): Part[] {
  return value ? [{ part: { $case: 'text', value } }] : [];
}

function mapToolUse(toolUse: JsonObject): Part {
  const { input } = toolUse;
  const value = {
    id: stringAt(toolUse, 'toolUseId') ?? '',
    name: stringAt(toolUse, 'name') ?? '',
    arguments: argumentsFromObject(input),
    signature: Buffer.alloc(0),
  };
  return { part: { $case: 'toolCall', value } };
}

function mapReasoning(content: JsonObject): Part[] {
  const reasoning = objectAt(content, 'reasoningText');
  if (!reasoning) {
    const encrypted = bytesAt(content, 'redactedContent');
    return encrypted.length > 0 ? [mapRedactedReasoning(encrypted)] : [];
  }
  const text = stringAt(reasoning, 'text') ?? '';
  const signature = signatureBytes(stringAt(reasoning, 'signature'));
  return text || signature.length > 0
    ? [{ part: { $case: 'reasoning', value: { text, signature, redacted: false } } }]
    : [];
}
