import { CompleteRequest, type ResponseFormat } from '../../src/gen/sluice/v1/completion_service.ts';
import { EmbeddingPurpose } from '../../src/gen/sluice/v1/embedding_service.ts';
import { type Media, type Message, type Part, Role } from '../../src/gen/sluice/v1/message.ts';
import { type ToolChoice, ToolMode } from '../../src/gen/sluice/v1/tool.ts';
import type { Recording } from './recordings.ts';
import type { Question } from './replay-recordings.ts';

// Recorded requests of Gemini and Vertex, said again in the contract's words, to see that the adapter writes them as
// the recorded programs did. What the contract has no word for travels as provider options.

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

/** Says a recorded request again; undefined where the contract has no words for it. */
export function resay({ model: recorded, api, request: asked }: Recording): Question | undefined {
  const model = recorded ?? '';
  const body = plain(asked?.body);
  if (api === 'embeddings') return resayEmbedding(model, body);
  const { contents, systemInstruction, tools = [], toolConfig, generationConfig = {}, ...others } = body;
  const functions: Json[] = tools.flatMap((tool: Json) => tool.functionDeclarations ?? []);
  const otherTools = tools.filter((tool: Json) => !tool.functionDeclarations);
  if (!contents.every(hasWords) || (functions.length > 0 && otherTools.length > 0)) return undefined;
  const { maxOutputTokens, temperature, topP, topK, seed, stopSequences, ...restOfConfig } = generationConfig;
  const { responseMimeType, schema, thinkingConfig, ...config } = restOfConfig;
  const mode = toolConfig?.functionCallingConfig.mode;
  const request = CompleteRequest.fromPartial({
    model,
    messages: resayConversation(systemInstruction, contents),
    maxOutputTokens,
    sampling: { temperature, topP, topK, seed, stop: stopSequences ?? [] },
    tools: functions.map(({ name, description = '', schema: parameters }) => ({
      name,
      description,
      parameters: parameters ? JSON.stringify(parameters) : '',
      strict: mode === 'VALIDATED',
    })),
    toolChoice: toolConfig && resayToolChoice(toolConfig.functionCallingConfig),
    responseFormat: responseMimeType === 'application/json' ? resayFormat(schema) : undefined,
    reasoning: thinkingConfig && {
      include: thinkingConfig.includeThoughts ?? false,
      budgetTokens: thinkingConfig.thinkingBudget,
    },
  });
  const options = {
    ...others,
    ...(otherTools.length > 0 && { tools: otherTools }),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
  };
  return { model, request, options };
}

/** A request in one of the ways to write it. Schemas are in JSON Schema's words, under one name wherever they stand. */
export function plain(recorded: unknown): Json {
  const said = inCamelCase(recorded);
  const { generateContentRequest, model, requests, ...body } = said.generateContentRequest ?? said;
  if (requests) return { requests: requests.map(plainEmbedding) };
  const { contents, systemInstruction, tools, toolConfig, generationConfig = {}, ...rest } = body;
  const { safetySettings = [], ...others } = rest;
  const { responseSchema, responseJsonSchema = responseSchema, ...config } = generationConfig;
  const plainConfig = { ...config, ...(responseJsonSchema && { schema: jsonSchema(responseJsonSchema) }) };
  return {
    ...others,
    contents: turnsOf(contents),
    ...(systemInstruction && {
      systemInstruction: { parts: [systemInstruction.parts].flat().map(plainPart) },
    }),
    ...(tools && { tools: tools.map(plainTool) }),
    ...(toolConfig && { toolConfig: plainToolConfig(toolConfig, tools) }),
    ...(safetySettings.length > 0 && { safetySettings }),
    ...(Object.keys(plainConfig).length > 0 && { generationConfig: plainConfig }),
  };
}

/** Without a role, and with the model as the recorded programs name it. */
function plainEmbedding({ content, ...embedding }: Json): Json {
  return { ...embedding, content: { parts: content.parts } };
}

/** Turns of one role that follow each other are one. */
function turnsOf(contents: Json[]): Json[] {
  const turns: Json[] = [];
  for (const { role = 'user', parts } of contents) {
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts.map(plainPart));
    else turns.push({ role, parts: parts.map(plainPart) });
  }
  return turns;
}

function plainPart({ thought, ...part }: Json): Json {
  return { ...part, ...(thought && { thought }) };
}

function plainTool({ functionDeclarations, ...tool }: Json): Json {
  if (!functionDeclarations) return tool;
  return { functionDeclarations: functionDeclarations.map(plainFunction) };
}

function plainFunction({ name, description, parameters, parametersJsonSchema = parameters }: Json): Json {
  const schema = parametersJsonSchema && jsonSchema(parametersJsonSchema);
  const takesNothing = Object.keys(schema?.properties ?? {}).length === 0;
  return { name, ...(description && { description }), ...(!takesNothing && { schema }) };
}

/** To name all functions that may be called, or none, is the same. */
function plainToolConfig({ functionCallingConfig }: Json, tools: Json[]): Json {
  const { allowedFunctionNames: allowed, ...config } = functionCallingConfig;
  const named =
    allowed && allowed.length < tools.flatMap((tool: Json) => tool.functionDeclarations ?? []).length;
  return { functionCallingConfig: { ...config, ...(named && { allowedFunctionNames: allowed }) } };
}

/**
 * OpenAPI's types are JSON Schema's in capitals; a list of nothing required says nothing, and neither does the order
 * that the properties already have.
 */
function jsonSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { propertyOrdering, ...said } = schema;
  const entries = Object.entries<Json>(said).filter(([, value]) => !(Array.isArray(value) && !value.length));
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : jsonSchema(value),
    ]),
  );
}

/** The API takes the names of its members in both ways; what callers name themselves stays as it is. */
function inCamelCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries<Json>(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    entries.map(([key, member]) => {
      const name = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, CALLERS_OWN.test(name) ? member : inCamelCase(member)];
    }),
  );
}

const CALLERS_OWN = /^(parameters|args|response|.*[sS]chema)$/;

function resayEmbedding(model: string, { requests }: Json): Question | undefined {
  const texts: Json[] = requests.map(({ content }: Json) => content.parts);
  if (!texts.every((parts) => parts.length === 1 && 'text' in parts[0])) return undefined;
  const [{ taskType, outputDimensionality }] = requests;
  return {
    model,
    texts: texts.map(([{ text }]) => text),
    dimensions: outputDimensionality,
    purpose: PURPOSES[taskType] ?? EmbeddingPurpose.UNSPECIFIED,
  };
}

const PURPOSES: Record<string, EmbeddingPurpose> = {
  RETRIEVAL_QUERY: EmbeddingPurpose.QUERY,
  RETRIEVAL_DOCUMENT: EmbeddingPurpose.DOCUMENT,
};

/** Results that bring media along have no words. */
function hasWords({ parts }: Json): boolean {
  return parts.every(
    ({ text, inlineData, fileData, functionCall, functionResponse }: Json) =>
      (functionResponse && !functionResponse.parts) ||
      [text, inlineData, fileData, functionCall].some((kind) => kind !== undefined),
  );
}

function resayConversation(systemInstruction: Json, contents: Json[]): Message[] {
  const system = systemInstruction ? [{ role: 'system', parts: systemInstruction.parts }] : [];
  return [...system, ...contents].map(({ role, parts }: Json) => ({
    role: ROLES[role] ?? Role.UNSPECIFIED,
    parts: parts.flatMap(resayPart),
    name: '',
  }));
}

const ROLES: Record<string, Role> = { system: Role.SYSTEM, user: Role.USER, model: Role.ASSISTANT };

function resayPart(said: Json): Part[] {
  const { text, thought, thoughtSignature = '', inlineData, fileData, functionCall, functionResponse } = said;
  const signature = Buffer.from(thoughtSignature);
  if (functionCall) {
    const { id, name, args } = functionCall;
    const value = { id: id ?? `call_of_${name}`, name, arguments: JSON.stringify(args), signature };
    return [part('toolCall', value)];
  }
  if (functionResponse) {
    const { id, name, response } = functionResponse;
    const { result, ...others } = response;
    const alone = typeof result === 'string' && Object.keys(others).length === 0;
    const content = alone ? result : JSON.stringify(response);
    return [part('toolResult', { toolCallId: id ?? `call_of_${name}`, name, content, isError: false })];
  }
  if (thought) return [part('reasoning', { text, signature, redacted: false })];
  const signed = thoughtSignature ? [part('reasoning', { text: '', signature, redacted: true })] : [];
  return [text === undefined ? resayMedia(inlineData, fileData) : part('text', text), ...signed];
}

function resayMedia(inlineData: Json, fileData: Json): Part {
  const { mimeType: mediaType = '' } = inlineData ?? fileData;
  const source: NonNullable<Media['source']> = inlineData
    ? { $case: 'data', value: Buffer.from(inlineData.data, 'base64') }
    : { $case: 'uri', value: fileData.fileUri };
  const kind = /^(image|audio)\//.exec(mediaType)?.[1] ?? 'document';
  return part(kind, { mediaType, source, name: '' });
}

function part($case: string, value: unknown): Part {
  return { part: { $case, value } as NonNullable<Part['part']> };
}

/** To be held to schemas is said by the tools. */
function resayToolChoice({ mode, allowedFunctionNames = [] }: Json): ToolChoice {
  const modes: Record<string, ToolMode> = {
    AUTO: ToolMode.AUTO,
    ANY: ToolMode.REQUIRED,
    NONE: ToolMode.NONE,
  };
  return {
    choice:
      allowedFunctionNames.length === 1
        ? { $case: 'name', value: allowedFunctionNames[0] }
        : { $case: 'mode', value: modes[mode] ?? ToolMode.UNSPECIFIED },
    disableParallel: false,
  };
}

function resayFormat(schema: Json): ResponseFormat {
  if (!schema) return { format: { $case: 'jsonObject', value: {} } };
  const value = { name: 'answer', description: '', schema: JSON.stringify(schema), strict: false };
  return { format: { $case: 'jsonSchema', value } };
}
