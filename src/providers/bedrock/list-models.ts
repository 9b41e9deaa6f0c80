import type { Patience } from '../../completion/ports/provider.ts';
import { allPages } from '../shared/all-pages.ts';
import { malformed, objectsAt, parseObject, stringAt } from '../shared/json.ts';
import type { SignedRequest } from './signed-request.ts';

/**
 * Names the models that can be asked for in the region: foundation models that answer by their own name, and the
 * profiles that route to several regions.
 */
export async function listModels(ask: SignedRequest, patience: Patience): Promise<string[]> {
  const models = await foundationModels(ask, patience);
  const profiles = await allPages((nextToken) => inferenceProfiles(ask, patience, nextToken));
  return [...models, ...profiles];
}

async function foundationModels(ask: SignedRequest, patience: Patience): Promise<string[]> {
  const response = await ask({ service: 'control', path: '/foundation-models' }, patience);
  const list = parseObject(await response.text());
  // An answer without it is none of Bedrock's.
  if (!Array.isArray(list['modelSummaries'])) throw malformed('it has no modelSummaries');
  return objectsAt(list, 'modelSummaries').flatMap(({ modelId, inferenceTypesSupported: ways }) => {
    const onDemand = !Array.isArray(ways) || ways.includes('ON_DEMAND');
    return typeof modelId === 'string' && onDemand ? [modelId] : [];
  });
}

async function inferenceProfiles(ask: SignedRequest, patience: Patience, nextToken: string | undefined) {
  const query = { maxResults: '1000', ...(nextToken !== undefined && { nextToken }) };
  const response = await ask({ service: 'control', path: '/inference-profiles', query }, patience);
  const page = parseObject(await response.text());
  const names = objectsAt(page, 'inferenceProfileSummaries').flatMap(({ inferenceProfileId: id }) =>
    typeof id === 'string' ? [id] : [],
  );
  return { names, next: stringAt(page, 'nextToken') };
}
