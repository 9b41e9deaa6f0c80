import type { CompleteRequest, JsonSchemaFormat, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { askForJson, describedSchema } from '../shared/ask-for-json.ts';
import type { JsonObject } from '../shared/json.ts';
import { dropped } from '../shared/warnings.ts';
import { takesJsonBesideTools } from './capabilities.ts';
import { mapSchema } from './map-schema.ts';

export interface MappedFormat {
  /** Members of `generationConfig`. */
  config: JsonObject;
  /** What the model is told, where the setting is refused. */
  instruction?: string;
}

interface Context {
  model: string;
  warnings: Warning[];
}

/** Maps the form of the answer. Before Gemini 3 one is refused beside tools, and the model is asked for it. */
export function mapFormat({ responseFormat, tools }: CompleteRequest, context: Context): MappedFormat {
  const format = responseFormat?.format;
  const inWords = tools.length > 0 && !takesJsonBesideTools(context.model);
  switch (format?.$case) {
    case 'jsonObject':
      return inWords
        ? { config: {}, instruction: askForJson() }
        : { config: { responseMimeType: 'application/json' } };
    case 'jsonSchema':
      return inWords ? askForSchema(format.value, context) : enforceSchema(format.value, context);
    default:
      return { config: {} };
  }
}

function askForSchema(format: JsonSchemaFormat, { model, warnings }: Context): MappedFormat {
  if (format.strict) {
    const why = `${model} does not enforce a schema beside tools`;
    warnings.push(dropped('response_format.json_schema.strict', why));
  }
  return { config: {}, instruction: askForJson(describedSchema(format)) };
}

function enforceSchema({ schema, description }: JsonSchemaFormat, context: Context): MappedFormat {
  const mapped = mapSchema(schema, 'response_format.json_schema.schema', context);
  const described = (mappedSchema: JsonObject) => ({ ...(description && { description }), ...mappedSchema });
  return {
    config: {
      responseMimeType: 'application/json',
      ...('jsonSchema' in mapped
        ? { responseJsonSchema: described(mapped.jsonSchema) }
        : { responseSchema: described(mapped.openApiSchema) }),
    },
  };
}
