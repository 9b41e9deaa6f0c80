import { GatewayError } from '../../completion/error.ts';
import type { Patience, Provider } from '../../completion/ports/provider.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { parseObject, stringAt } from '../shared/json.ts';
import type { SdkRequest } from '../shared/sdk-request.ts';

/** Names the model of a server of one's own. TEI, and TGI before 3, tell it in another place than OpenAI's API. */
export function createListModels({
  openAi,
  getInfo,
}: {
  openAi: Provider['listModels'];
  getInfo: SdkRequest;
}): Provider['listModels'] {
  return async (patience) => {
    try {
      return await openAi(patience);
    } catch (thrown) {
      const isNoApi =
        thrown instanceof GatewayError && thrown.reason === ErrorReason.PROVIDER_RESPONSE_INVALID;
      const model = isNoApi ? await modelIn(getInfo, patience) : undefined;
      if (model === undefined) throw thrown;
      return [model];
    }
  };
}

/** Undefined where there is nothing of the kind either: then the first failure says more. */
async function modelIn(getInfo: SdkRequest, patience: Patience): Promise<string | undefined> {
  try {
    const response = await getInfo(undefined, patience);
    return stringAt(parseObject(await response.text()), 'model_id');
  } catch {
    return undefined;
  }
}
