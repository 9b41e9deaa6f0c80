import type { Cohere } from 'cohere-ai';
import type { CompleteRequest, Warning } from '../../gen/sluice/v1/completion_service.ts';
import type { Message } from '../../gen/sluice/v1/message.ts';
import { askForJson, describedSchema } from '../shared/ask-for-json.ts';
import { textsOf } from '../shared/prompt.ts';
import { dropped } from '../shared/warnings.ts';
import type { Wire } from './wire.ts';

export interface MappedFormat {
  format?: Wire<Cohere.ResponseFormatV2>;
  /** What the model is told, where the setting is refused or does not do by itself. */
  instruction?: string;
  warnings: Warning[];
}

/** Maps the form of the answer. Beside tools or documents the provider refuses one, and the model is asked for it. */
export function mapFormat(
  { responseFormat }: CompleteRequest,
  { messages, alone }: { messages: readonly Message[]; alone: boolean },
): MappedFormat {
  const format = responseFormat?.format;
  switch (format?.$case) {
    case 'jsonObject':
      if (!alone) return { instruction: askForJson(), warnings: [] };
      return {
        format: { type: 'json_object' },
        // Unless the model is told as well, it may write white space until it runs out of tokens.
        ...(!messages.some(mentionsJson) && { instruction: askForJson() }),
        warnings: [],
      };
    case 'jsonSchema': {
      const schema = describedSchema(format.value);
      if (alone) return { format: { type: 'json_object', json_schema: schema }, warnings: [] };
      const why = 'Cohere does not enforce a schema beside tools or documents';
      return {
        instruction: askForJson(schema),
        warnings: format.value.strict ? [dropped('response_format.json_schema.strict', why)] : [],
      };
    }
    default:
      return { warnings: [] };
  }
}

function mentionsJson(message: Message): boolean {
  return textsOf(message).some((text) => /json/i.test(text));
}
