import { createHuggingFaceProvider } from '../../src/providers/huggingface/provider.ts';
import { claims } from './expectations-huggingface.ts';
import { providerConfig } from './provider-config.ts';
import { replayRequests } from './replay-requests.ts';
import { plain, resay } from './requests-openai.ts';

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by its documentation
type Json = any;

const [chat] = claims;

replayRequests({
  ...chat,
  title: 'Hugging Face chat requests',
  createProvider: (baseUrl) =>
    createHuggingFaceProvider({
      config: providerConfig('huggingface', `${baseUrl}/v1`),
      connectTimeoutMs: 5000,
      now: Date.now,
    }),
  resay: ({ request }) => resay(withSchemaInPlace(request?.body)),
  plain: (body) => joined(plain(withSchemaInPlace(body))),
});

/** One client put the schema's members where its name belongs, for which it got a 400. */
function withSchemaInPlace(body: Json): Json {
  const { response_format: format, ...rest } = body;
  if (format?.type !== 'json_schema' || format.json_schema.schema) return body;
  const { name, ...schema } = format.json_schema;
  return { ...rest, response_format: { type: 'json_schema', json_schema: { name, schema } } };
}

/** Texts of a message are joined, since not all providers behind the router take lists. */
function joined({ messages, tool_choice, ...body }: Json): Json {
  const isText = ({ type }: Json) => type === 'text';
  const join = (content: Json) =>
    Array.isArray(content) && content.every(isText) ? content.map(({ text }) => text).join('\n\n') : content;
  return {
    ...body,
    messages: messages.map((message: Json) => ({ ...message, content: join(message.content) })),
    // A named function has no other type, which one client left out.
    ...(tool_choice && {
      tool_choice: typeof tool_choice === 'object' ? { type: 'function', ...tool_choice } : tool_choice,
    }),
  };
}
