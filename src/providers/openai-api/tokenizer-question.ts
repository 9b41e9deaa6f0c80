import type { ChatCompletionRequest } from 'gpt-tokenizer/GptEncoding';
import { isObject, type JsonObject } from '../shared/json.ts';

/** What a tokenizer is asked to count. */
export type TokenizerQuestion = {
  encoding: Encoding;
  /** How many tokens more or fewer the model takes than the encoding's chat format. */
  surplus: number;
} & ({ chat: ChatCompletionRequest } | { text: string });

/** Encodings of the models that can be counted. */
export type Encoding = 'o200k_base' | 'cl100k_base';

/**
 * Asks for the input tokens of a request's body, as it goes over the wire. Undefined where they cannot be known for
 * sure: the model's encoding is not known, or it is told more than text, or in a form that nobody outside knows.
 */
export function tokenizerQuestion(body: JsonObject): TokenizerQuestion | undefined {
  const { model, prompt, messages } = body;
  if (typeof model !== 'string' || !Object.keys(body).every((member) => UNCOUNTED.has(member)))
    return undefined;
  // A fine-tuned model is named `ft:<its base>:<organisation>:...`.
  const base = model.replace(/^ft:([^:]+):.*$/, '$1');
  if (typeof prompt === 'string') {
    return TEXT_MODELS.test(base) ? { encoding: 'cl100k_base', surplus: 0, text: prompt } : undefined;
  }
  const family = FAMILIES.find(({ names }) => names.test(base));
  const chat = Array.isArray(messages) && family && chatOf(messages, body, family);
  return chat ? { encoding: family.encoding, surplus: family.surplus, chat } : undefined;
}

/** Models of the legacy completions API that are still there. */
const TEXT_MODELS = /^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)(-|$)/;

interface Family {
  names: RegExp;
  encoding: Encoding;
  surplus: number;
  /** Whose messages are known to be counted by the chat format. */
  roles: readonly string[];
  /** Whether its tools are known to be counted as the namespace that they are rendered as. */
  tools: boolean;
}

const EVERYONE = ['system', 'user', 'assistant'];

/**
 * What is known to be exact, by OpenAI's cookbook and by the usage of recorded requests. Models that reason have forms
 * of their own for all but what a user says, and their answers begin with a token less. Models that hear, search or
 * draw are told things that one does not see.
 */
const FAMILIES: readonly Family[] = [
  {
    names: /^(gpt-4o|gpt-4\.1)(-mini|-nano)?(-\d{4}-\d\d-\d\d)?$|^chatgpt-4o-latest$/,
    encoding: 'o200k_base',
    surplus: 0,
    roles: EVERYONE,
    tools: true,
  },
  {
    names: /^gpt-5(\.\d+)?(-mini|-nano)?(-\d{4}-\d\d-\d\d)?$/,
    encoding: 'o200k_base',
    surplus: -1,
    roles: ['user'],
    tools: false,
  },
  {
    names: /^gpt-3\.5-turbo(-0613|-1106|-0125|-16k)?$/,
    encoding: 'cl100k_base',
    surplus: 0,
    roles: EVERYONE,
    tools: true,
  },
  {
    names: /^gpt-4(-0613|-32k|-turbo|-turbo-2024-04-09|-1106-preview|-0125-preview)?$/,
    encoding: 'cl100k_base',
    surplus: 0,
    roles: EVERYONE,
    tools: false,
  },
];

/** Members of a body that are no input, and those that are looked at. Any other may be input that is not known. */
const UNCOUNTED = new Set([
  'model',
  'messages',
  'prompt',
  'tools',
  'tool_choice',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'seed',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'reasoning_effort',
  'safety_identifier',
  'user',
  'service_tier',
  'stream',
]);

function chatOf(
  messages: readonly unknown[],
  { tools, tool_choice, response_format }: JsonObject,
  family: Family,
): ChatCompletionRequest | undefined {
  if (!messages.every((message) => isPlainText(message, family))) return undefined;
  if (isObject(response_format) && response_format['type'] === 'json_schema') return undefined;
  if (tools === undefined) return { messages } as ChatCompletionRequest;
  const known = family.tools && Array.isArray(tools) && tools.every(isPlainTool) && isFree(tool_choice);
  if (!known) return undefined;
  const functions: unknown = tools.map((tool) => tool.function);
  // Both were looked through just now.
  return { messages, functions } as ChatCompletionRequest;
}

/** No pieces, calls, results or refusals, whose forms are not known. */
function isPlainText(message: unknown, { roles }: Family): boolean {
  if (!isObject(message)) return false;
  const { role, content, name: _, ...others } = message;
  return typeof content === 'string' && roles.includes(String(role)) && Object.keys(others).length === 0;
}

/** Choices that are not said to the model. */
function isFree(choice: unknown): boolean {
  return choice === undefined || choice === 'auto' || choice === 'required';
}

function isPlainTool(tool: unknown): tool is { function: JsonObject } {
  if (!isObject(tool) || !isObject(tool['function'])) return false;
  const { name: _, description, parameters, ...others } = tool['function'];
  return (
    Object.keys(others).length === 0 &&
    isLine(description) &&
    (parameters === undefined || isPlainSchema(parameters))
  );
}

/** Whether a schema uses no words but those whose rendering is known. */
function isPlainSchema(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const { type, description, properties = {}, items, enum: values = [] } = schema;
  return (
    Object.keys(schema).every((word) => SCHEMA_WORDS.has(word)) &&
    typeof type === 'string' &&
    isLine(description) &&
    isObject(properties) &&
    Object.values(properties).every(isPlainSchema) &&
    (items === undefined || isPlainSchema(items)) &&
    Array.isArray(values) &&
    values.every((value) => typeof value === 'string' || typeof value === 'number')
  );
}

/** Descriptions become comments, of which longer ones have some form that is not known. */
function isLine(description: unknown): boolean {
  return description === undefined || (typeof description === 'string' && !description.includes('\n'));
}

const SCHEMA_WORDS = new Set([
  'type',
  'description',
  'properties',
  'required',
  'enum',
  'items',
  'additionalProperties',
]);
