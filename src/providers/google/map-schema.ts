import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { type JsonObject, parseCallersObject } from '../shared/json.ts';
import { takesJsonSchema } from './capabilities.ts';
import { simplifySchema } from './simplify-schema.ts';

/**
 * Maps a schema to the form that the model takes: since Gemini 2.5 JSON Schema as it is, in a member of its own;
 * before, the part of it that OpenAPI 3.0 knows, with a warning where that is less.
 */
export function mapSchema(
  json: string,
  field: string,
  { model, warnings }: { model: string; warnings: Warning[] },
): { jsonSchema: JsonObject } | { openApiSchema: JsonObject } {
  const jsonSchema = parseCallersObject(json, field);
  if (takesJsonSchema(model)) return { jsonSchema };
  const { schema, leftOut } = simplifySchema(jsonSchema, field);
  if (leftOut.length > 0) {
    const message = `${model} does not know ${leftOut.join(', ')} in schemas; left out.`;
    warnings.push({ code: 'SCHEMA_SIMPLIFIED', message, field });
  }
  return { openApiSchema: schema };
}
