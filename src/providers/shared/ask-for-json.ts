import type { JsonSchemaFormat } from '../../gen/sluice/v1/completion_service.ts';
import { parseCallersObject } from './json.ts';

/** What a model is told that is to answer in JSON, by a schema or in any, where its provider has no setting for it. */
export function askForJson(schema?: Record<string, unknown>): string {
  return schema === undefined
    ? `${JSON_ONLY}.`
    : `${JSON_ONLY}, which follows this JSON Schema: ${JSON.stringify(schema)}`;
}

const JSON_ONLY = 'Answer with one JSON object and nothing else, neither an explanation nor a code fence';

/** The schema that a request asks for, with what the answer is for, where it does not say that itself. */
export function describedSchema({ schema, description }: JsonSchemaFormat): Record<string, unknown> {
  const parsed = parseCallersObject(schema, 'response_format.json_schema.schema');
  return description === '' || 'description' in parsed ? parsed : { ...parsed, description };
}
