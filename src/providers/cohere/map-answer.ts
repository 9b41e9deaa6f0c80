import type { Answer, ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type Part, Role } from '../../gen/sluice/v1/message.ts';
import { type JsonObject, malformed, objectAt, objectsAt, stringAt } from '../shared/json.ts';
import { argumentsText } from '../shared/tool-arguments.ts';
import { mapCitation } from './map-citations.ts';
import { answeredError, failedGeneration } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { mapUsage } from './map-usage.ts';
import { responseFacts } from './response-facts.ts';

/** Maps a whole answer. Its parts stand in the order in which a stream brings them. */
export function mapAnswer(
  answer: JsonObject,
  context: { call: ProviderCall; provider: string; warnings: Warning[] },
): Answer {
  const { call, provider, warnings } = context;
  const error = answeredError(answer, provider) ?? failedGeneration(answer, provider);
  if (error) throw error;
  call.report(responseFacts(answer));
  const message = objectAt(answer, 'message');
  const finishReason = stringAt(answer, 'finish_reason');
  if (!message) throw malformed('it has no message');
  if (!finishReason) throw malformed('it has no finish_reason');
  return {
    message: { role: Role.ASSISTANT, parts: mapParts(message), name: '' },
    finishReason: mapFinishReason(finishReason),
    providerFinishReason: finishReason,
    usage: mapUsage(objectAt(answer, 'usage')),
    warnings,
  };
}

function mapParts(message: JsonObject): Part[] {
  return [
    ...objectsAt(message, 'content').flatMap(mapContent),
    // What the model says before it calls tools.
    ...textPart(stringAt(message, 'tool_plan')),
    ...objectsAt(message, 'tool_calls').map(mapToolCall),
    ...objectsAt(message, 'citations').flatMap(mapCitation),
  ];
}

/** Kinds of content that are not known yet say nothing to the caller. */
function mapContent(content: JsonObject): Part[] {
  switch (stringAt(content, 'type')) {
    case 'text':
      return textPart(stringAt(content, 'text'));
    case 'thinking':
      return reasoningPart(stringAt(content, 'thinking'));
    default:
      return [];
  }
}

function textPart(value: string | undefined): Part[] {
  return value ? [{ part: { $case: 'text', value } }] : [];
}

function reasoningPart(text: string | undefined): Part[] {
  if (!text) return [];
  return [{ part: { $case: 'reasoning', value: { text, signature: Buffer.alloc(0), redacted: false } } }];
}

function mapToolCall(call: JsonObject): Part {
  const tool = objectAt(call, 'function');
  const value = {
    id: stringAt(call, 'id') ?? '',
    name: stringAt(tool, 'name') ?? '',
    arguments: argumentsText(stringAt(tool, 'arguments')),
    signature: Buffer.alloc(0),
  };
  return { part: { $case: 'toolCall', value } };
}
