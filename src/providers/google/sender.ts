import { type GenerativeModel, GoogleGenerativeAI } from '@google/generative-ai';
import type { Now } from '../../completion/ports/now.ts';
import type { Patience } from '../../completion/ports/provider.ts';
import { type LeanResponse, leanResponse } from '../shared/response.ts';
import { type Transport, targetOf } from '../shared/transport.ts';
import type { Address } from './address.ts';
import { failedResponse } from './map-error.ts';
import { interceptFetch, rawResponse } from './raw-response.ts';

/** The ways to ask Google. Both reject with a GatewayError where the answer is none of success. */
export interface Sender {
  /** Sends what a call of the SDK on this model would send. */
  bySdk(
    model: string,
    sdkCall: (model: GenerativeModel) => Promise<unknown>,
    patience: Patience,
  ): Promise<LeanResponse>;
  /** Sends what the SDK has no call for: a POST where there is a body. */
  byHand(url: string, body: object | undefined, patience: Patience): Promise<LeanResponse>;
}

/** Creates the sender of one provider. The key is shown in a header, and nowhere else. */
export function createSender(deps: {
  provider: string;
  apiKey: string;
  address: Address;
  transport: Transport;
  now: Now;
}): Sender {
  const { provider, apiKey, address, transport, now } = deps;
  const client = new GoogleGenerativeAI(apiKey);
  interceptFetch();

  return {
    async bySdk(model, sdkCall, patience) {
      const generative = client.getGenerativeModel({ model: address.modelPath(model) }, address.sdk);
      const response = await rawResponse(
        () => sdkCall(generative),
        // Not by way of the SDK, which never takes its listener off a signal again.
        (url, init) => transport.fetch(url, init, patience),
      );
      return successful(response);
    },
    async byHand(url, body, patience) {
      const headers = { 'x-goog-api-key': apiKey, ...(body && { 'content-type': 'application/json' }) };
      const content = body
        ? { method: 'POST' as const, body: JSON.stringify(body) }
        : { method: 'GET' as const };
      return successful(await transport.send({ ...targetOf(url), ...content, headers }, patience));
    },
  };

  async function successful(response: Response): Promise<LeanResponse> {
    if (!response.ok) throw await failedResponse(response, { provider, now });
    return leanResponse(response);
  }
}
