import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type { JSONOutputFormat } from '@anthropic-ai/sdk/resources/messages';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { JsonSchemaFormat, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { askForJson, describedSchema } from '../shared/ask-for-json.ts';
import { dropped } from '../shared/warnings.ts';
import { enforcesSchemas } from './capabilities.ts';

export interface MappedFormat {
  format?: JSONOutputFormat;
  /** What the model is told, where the provider has no setting for it. */
  instruction?: string;
  warnings: Warning[];
}

/**
 * Maps the form of the answer. The provider enforces schemas, except for older models, and has no mode for just any
 * JSON: in these cases the model is asked for it.
 */
export function mapFormat({ model, request: { responseFormat } }: ProviderCall): MappedFormat {
  const format = responseFormat?.format;
  switch (format?.$case) {
    case 'jsonObject':
      return { instruction: askForJson(), warnings: [] };
    case 'jsonSchema': {
      const schema = describedSchema(format.value);
      if (enforcesSchemas(model)) {
        return { format: { type: 'json_schema', schema: enforceable(schema, format.value) }, warnings: [] };
      }
      const strict = 'response_format.json_schema.strict';
      return {
        instruction: askForJson(schema),
        warnings: format.value.strict ? [dropped(strict, `${model} does not enforce schemas`)] : [],
      };
    }
    default:
      return { warnings: [] };
  }
}

/**
 * The provider refuses schemas with open objects, or with bounds that it cannot enforce. Who does not insist on
 * `strict` gets those objects closed, and the bounds put to the model as descriptions, by the vendor's own rules.
 */
function enforceable(schema: Record<string, unknown>, { strict }: JsonSchemaFormat): Record<string, unknown> {
  if (strict) return schema;
  try {
    return transformJSONSchema(schema);
  } catch {
    // The vendor's rules do not cover it; the provider has the last word.
    return schema;
  }
}
