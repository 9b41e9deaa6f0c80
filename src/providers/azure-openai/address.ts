/** Where a resource of Azure is asked, and how its models are named there. */
export interface AzureAddress {
  baseUrl: string;
  /**
   * `deployments`: the model is part of the address, for the dated API. `v1`: it is in the body, as OpenAI has it.
   * `models`: likewise, for the dated API of models that are not OpenAI's.
   */
  style: 'deployments' | 'v1' | 'models';
}

/** Completes a configured address: the one that Azure shows has no path. */
export function azureAddress(baseUrl: string, apiVersion: string | undefined): AzureAddress {
  const url = new URL(baseUrl);
  const path = url.pathname.replace(/\/+$/, '');
  if (path.endsWith('/models')) return { baseUrl: at(url, path), style: 'models' };
  if (path.endsWith('/v1')) return { baseUrl: at(url, path), style: 'v1' };
  const openAi = path === '' ? '/openai' : path;
  if (apiVersion !== undefined) return { baseUrl: at(url, openAi), style: 'deployments' };
  return { baseUrl: at(url, `${openAi}/v1`), style: 'v1' };
}

function at({ origin }: URL, path: string): string {
  return origin + path;
}
