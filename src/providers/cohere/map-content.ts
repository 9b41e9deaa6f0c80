import type { Cohere } from 'cohere-ai';
import type { Media, Part } from '../../gen/sluice/v1/message.ts';
import { argumentsText } from '../shared/tool-arguments.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';
import type { Wire } from './wire.ts';

/** Maps a part of what the user says. Documents stand elsewhere, and other parts are not content. */
export function mapUserPart({ part }: Part, field: string): Wire<Cohere.Content>[] {
  switch (part?.$case) {
    case 'text':
      return mapText(part.value);
    case 'image':
      return [{ type: 'image_url', image_url: { url: imageUrl(part.value) } }];
    case 'audio':
      throw unsupportedParameter(`${field}.audio`, 'audio is not taken');
    default:
      return [];
  }
}

/**
 * Maps a part of an earlier answer. Citations are left out: they can only go back with their places in the text.
 *
 * @param thinks - whether the model is to think now; otherwise the provider refuses what it thought before.
 */
export function mapAssistantPart(
  { part }: Part,
  { field, thinks }: { field: string; thinks: boolean },
): Wire<Cohere.AssistantMessageV2ContentOneItem>[] {
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return mapText(part.value);
    case 'reasoning': {
      const { text, signature } = part.value;
      // Cohere signs nothing: what has a signature is another provider's reasoning.
      return thinks && text && signature.length === 0 ? [{ type: 'thinking', thinking: text }] : [];
    }
    case 'image':
    case 'audio':
      throw unsupportedParameter(
        `${field}.${part.$case}`,
        `${part.$case} is not taken back as part of an answer`,
      );
    default:
      return [];
  }
}

export function mapToolCall({ part }: Part): Wire<Cohere.ToolCallV2>[] {
  if (part?.$case !== 'toolCall') return [];
  const { id, name, arguments: json } = part.value;
  return [{ id, type: 'function', function: { name, arguments: argumentsText(json) } }];
}

/** The provider refuses messages without content, and an empty text is none. */
function mapText(text: string): { type: 'text'; text: string }[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function imageUrl({ mediaType, source }: Media): string {
  if (source?.$case === 'uri') return source.value;
  return `data:${mediaType};base64,${source?.value.toString('base64') ?? ''}`;
}
