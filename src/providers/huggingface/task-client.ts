import { getProviderHelper, makeRequestOptionsFromResolvedModel } from '@huggingface/inference';
import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { isObject } from '../shared/json.ts';
import type { Sdk } from '../shared/sdk-request.ts';

type Client = Sdk['client'];

/** Creates the client of the router, on which text completions are a task: each model has an address for them. */
export function createRouterClient({
  openAi,
  apiKey,
}: {
  openAi: Client;
  apiKey: string | undefined;
}): Client {
  return {
    buildRequest(options) {
      if (options.path !== '/completions') return openAi.buildRequest(options);
      const model = isObject(options.body) ? String(options.body['model']) : '';
      return createTaskClient('text-generation', { model, apiKey }).buildRequest(options);
    },
  };
}

/** What a model on the Hub is asked to do, in Hugging Face's words for it. */
export type Task = 'text-generation' | 'feature-extraction';

/**
 * Creates what addresses a task of a model that the router serves. Left to itself, the SDK would first ask the Hub who
 * serves the model, over a connection of its own, and try again what failed.
 */
export function createTaskClient(
  task: Task,
  { model, apiKey }: { model: string; apiKey: string | undefined },
): Client {
  return {
    async buildRequest() {
      const { url, info } = makeRequestOptionsFromResolvedModel(
        nameOnTheHub(model),
        getProviderHelper('hf-inference', task),
        { inputs: '', ...accessTo(apiKey) },
        undefined,
        { task },
      );
      return { req: { headers: new Headers(info.headers) }, url };
    },
  };
}

/** Creates what addresses a server of one's own, which takes whatever its model is for right at its address. */
export function createEndpointClient({
  url: endpointUrl,
  apiKey,
}: {
  url: string;
  apiKey: string | undefined;
}): Client {
  return {
    async buildRequest({ path }) {
      const { url, info } = makeRequestOptionsFromResolvedModel(
        endpointUrl,
        // No task: told that it is text generation, the SDK goes on to OpenAI's API at this address.
        getProviderHelper('hf-inference', undefined),
        { endpointUrl, inputs: '', ...accessTo(apiKey) },
        undefined,
      );
      return { req: { headers: new Headers(info.headers) }, url: url + path };
    },
  };
}

function accessTo(apiKey: string | undefined): { accessToken?: string } {
  return apiKey === undefined ? {} : { accessToken: apiKey };
}

/** It becomes part of an address. */
function nameOnTheHub(model: string): string {
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(model)) return model;
  throw new GatewayError(
    ErrorReason.MODEL_NOT_FOUND,
    'model: Hugging Face has none by this name; models there are named "owner/model".',
    { metadata: { model } },
  );
}
