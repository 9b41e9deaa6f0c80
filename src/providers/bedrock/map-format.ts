import type { OutputFormat } from '@aws-sdk/client-bedrock-runtime';
import type { ProviderCall } from '../../completion/ports.ts';
import type { JsonSchemaFormat, Warning } from '../../gen/sluice/v1/completion_service.ts';
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
      return { instruction: `${JSON_ONLY}.`, warnings: [] };
    case 'jsonSchema': {
      const schema = parseCallersObject(format.value.schema, 'response_format.json_schema.schema');
      if (enforcesSchemas(model)) return { format: mapSchema(schema, format.value), warnings: [] };
      const strict = 'response_format.json_schema.strict';
      return {
        instruction: `${JSON_ONLY}, which follows this JSON Schema: ${JSON.stringify(schema)}`,
        warnings: format.value.strict ? [dropped(strict, `${model} does not enforce schemas`)] : [],
      };
    }
    default:
      return { warnings: [] };
  }
}

const JSON_ONLY = 'Answer with one JSON object and nothing else, neither an explanation nor a code fence';

/** Who insists on `strict` gets the schema as it stands, or Bedrock's refusal. */
function mapSchema(
  schema: Record<string, unknown>,
  { name, description, strict }: JsonSchemaFormat,
): OnTheWire<OutputFormat> {
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
