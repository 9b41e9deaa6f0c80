/** What stands behind a base URL, which decides how it is asked for what is not chat. */
export type Server = {
  /** Where it speaks OpenAI's API: chat and models at least. */
  openAiUrl: string;
} & (
  | { is: 'router' }
  /** TGI, TEI, an Inference Endpoint: what is not chat is asked for in Hugging Face's own way, right at its address. */
  | { is: 'endpoint'; url: string }
  /** Its base URL ends with `/v1`: text completions and embeddings are OpenAI's, too. */
  | { is: 'openai-compatible' }
);

const ROUTER_URL = 'https://router.huggingface.co/v1';

/** Reads a base URL; without one it is the router that is asked. */
export function serverAt(baseUrl: string = ROUTER_URL): Server {
  const url = baseUrl.replace(/\/+$/, '');
  if (url === ROUTER_URL) return { is: 'router', openAiUrl: url };
  if (/\/v\d+$/.test(url)) return { is: 'openai-compatible', openAiUrl: url };
  return { is: 'endpoint', openAiUrl: `${url}/v1`, url };
}
