import type { ConverseStreamRequest } from '@aws-sdk/client-bedrock-runtime';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { Warning } from '../../gen/sluice/v1/completion_service.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { conversation } from '../shared/prompt.ts';
import { mapFormat } from './map-format.ts';
import { mapMessages } from './map-messages.ts';
import { mapReasoning } from './map-reasoning.ts';
import { mapSampling } from './map-sampling.ts';
import { mapTools } from './map-tools.ts';
import type { OnTheWire } from './on-the-wire.ts';

export interface MappedRequest {
  body: OnTheWire<Omit<ConverseStreamRequest, 'modelId'>>;
  /** What the request asked for that the model cannot do, or not together with the rest. */
  warnings: Warning[];
}

/**
 * Maps a request to the body of Converse and ConverseStream. The caller's own options come last and win: so a guardrail
 * is named (`guardrailConfig`), or what only this model has (`additionalModelRequestFields`).
 */
export function mapRequest(call: ProviderCall, { streamed }: { streamed: boolean }): MappedRequest {
  const { messages, system } = conversation(call.request);
  const reasoning = mapReasoning(call);
  const sampling = mapSampling(call, reasoning);
  const tools = mapTools(call);
  const { format, instruction, warnings: formatWarnings } = mapFormat(call);
  const instructions = [...system, ...(instruction ? [instruction] : [])].filter(
    (text) => text.trim() !== '',
  );
  const { effort } = reasoning;
  const fields = { ...sampling.fields, ...tools.fields, ...reasoning.fields };
  const { inferenceConfig } = sampling;
  const body = {
    ...(instructions.length > 0 && { system: instructions.map((text) => ({ text })) }),
    messages: mapMessages(messages),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...(tools.toolConfig && { toolConfig: tools.toolConfig }),
    ...((format || effort) && {
      outputConfig: { ...(effort && { effort }), ...(format && { textFormat: format }) },
    }),
    ...(Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
  };
  return {
    // Callers' options may hold members that the SDK's types do not know.
    body: merge(body, optionsFor(call, streamed)) as MappedRequest['body'],
    warnings: [...reasoning.warnings, ...sampling.warnings, ...tools.warnings, ...formatWarnings],
  };
}

/** How a guardrail treats a stream is refused where none is asked for, and that is the gateway's choice. */
function optionsFor({ options = {} }: ProviderCall, streamed: boolean): JsonObject {
  const { guardrailConfig } = options;
  if (streamed || !isObject(guardrailConfig)) return options;
  const { streamProcessingMode: _, ...config } = guardrailConfig;
  return { ...options, guardrailConfig: config };
}

/** Most of what one can ask for lies a level down, so objects are merged, and everything else is replaced. */
function merge(body: JsonObject, options: JsonObject): JsonObject {
  const merged = Object.entries(options).map(([key, value]) => {
    const own = Object.hasOwn(body, key) ? body[key] : undefined;
    return [key, isObject(own) && isObject(value) ? merge(own, value) : value];
  });
  return { ...body, ...Object.fromEntries(merged) };
}
