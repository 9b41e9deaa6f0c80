import type { GenerateContentRequest } from '@google/generative-ai';
import { invalidRequest } from '../../completion/error.ts';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import type { CompleteRequest, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { conversation } from '../shared/prompt.ts';
import { thinkingControlOf } from './capabilities.ts';
import { mapContents } from './map-contents.ts';
import { mapFormat } from './map-format.ts';
import { mapThinking } from './map-thinking.ts';
import { mapTools } from './map-tools.ts';

export interface MappedRequest {
  body: GenerateContentRequest;
  /** What the request asked for that Gemini cannot say. */
  warnings: Warning[];
}

interface Context {
  model: string;
  warnings: Warning[];
}

/** Maps a request to the body of `generateContent`. The caller's own options come last and win. */
export function mapRequest({ model, request, options }: ProviderCall): MappedRequest {
  const context: Context = { model, warnings: [] };
  const { messages, system } = conversation(request);
  const format = mapFormat(request, context);
  const generationConfig = { ...mapSettings(request, context), ...format.config };
  const instructions = [...system, ...(format.instruction ? [format.instruction] : [])];
  const body = merge(
    {
      contents: mapContents(messages, { wantsSignatures: thinkingControlOf(model) === 'level' }),
      ...(instructions.length > 0 && {
        systemInstruction: { parts: instructions.map((text) => ({ text })) },
      }),
      ...mapTools(request, context),
      ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
    },
    options ?? {},
  );
  const { contents } = body;
  if (!Array.isArray(contents)) throw invalidRequest('provider_options.google.contents', 'is not a list.');
  // The SDK writes out what it is given, but its types end with Gemini 2.0.
  return { body: body as unknown as GenerateContentRequest, warnings: context.warnings };
}

function mapSettings(request: CompleteRequest, context: Context): JsonObject {
  const { sampling, maxOutputTokens } = request;
  const config = {
    maxOutputTokens,
    temperature: sampling?.temperature,
    topP: sampling?.topP,
    topK: sampling?.topK,
    seed: sampling?.seed,
    stopSequences: sampling?.stop.length ? sampling.stop : undefined,
    presencePenalty: sampling?.presencePenalty,
    frequencyPenalty: sampling?.frequencyPenalty,
    ...mapThinking(request.reasoning, context),
  };
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

/** Most of what one can ask for lies one level down, so objects are merged, and everything else is replaced. */
function merge(body: JsonObject, options: JsonObject): JsonObject {
  const merged = Object.entries(options).map(([key, value]) => {
    const own = Object.hasOwn(body, key) ? body[key] : undefined;
    return [key, isObject(own) && isObject(value) ? merge(own, value) : value];
  });
  return { ...body, ...Object.fromEntries(merged) };
}
