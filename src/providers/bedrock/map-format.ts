import type { OutputFormat } from '@aws-sdk/client-bedrock-runtime';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { JsonSchemaFormat, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { askForJson, describedSchema } from '../shared/ask-for-json.ts';
import { parseCallersObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { enforcesSchemas } from './capabilities.ts';
import { enforceableSchema } from './enforceable-schema.ts';
import type { OnTheWire } from './on-the-wire.ts';

export interface MappedFormat {
  format?: OnTheWire<OutputFormat>;
  /** What the model is told, where Bedrock does not hold it to the form. */
  instruction?: string;
  warnings: Warning[];
}

/**
 * Maps the form of the answer. Bedrock enforces schemas for some models, and has no mode for just any JSON: otherwise
 * the model is asked for it.
 */
export function mapFormat({ model, request: { responseFormat } }: ProviderCall): MappedFormat {
  const format = responseFormat?.format;
  switch (format?.$case) {
    case 'jsonObject':
      return { instruction: askForJson(), warnings: [] };
    case 'jsonSchema': {
      if (enforcesSchemas(model)) return { format: mapSchema(format.value), warnings: [] };
      const strict = 'response_format.json_schema.strict';
      return {
        instruction: askForJson(describedSchema(format.value)),
        warnings: format.value.strict ? [dropped(strict, `${model} does not enforce schemas`)] : [],
      };
    }
    default:
      return { warnings: [] };
  }
}

/** Who insists on `strict` gets the schema as it stands, or Bedrock's refusal. */
function mapSchema({ name, description, schema: json, strict }: JsonSchemaFormat): OnTheWire<OutputFormat> {
  const schema = parseCallersObject(json, 'response_format.json_schema.schema');
  return {
    type: 'json_schema',
    structure: {
      jsonSchema: {
        schema: JSON.stringify(strict ? schema : enforceableSchema(schema)),
        ...(name && { name }),
        ...(description && { description }),
      },
    },
  };
}
