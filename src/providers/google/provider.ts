import { GoogleGenerativeAI } from '@google/generative-ai';
import type {
  Answer,
  CompletionEvent,
  CompletionEvents,
  Provider,
  ProviderCall,
} from '../../completion/ports.ts';
import { decodeStream } from '../shared/decode-stream.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { endpointOf } from '../shared/endpoint.ts';
import { isEventStream, type LeanResponse, leanResponse } from '../shared/response.ts';
import { createTransport } from '../shared/transport.ts';
import { transportError } from '../shared/transport-error.ts';
import { capabilitiesOf } from './capabilities.ts';
import { mapAnswer } from './map-answer.ts';
import { failedResponse } from './map-error.ts';
import { mapRequest } from './map-request.ts';
import { createStreamDecoder } from './map-stream.ts';
import { interceptFetch, rawResponse } from './raw-response.ts';
import { createResponseReader } from './response-reader.ts';

const BASE_URL = 'https://generativelanguage.googleapis.com';

/** Creates a provider that speaks the Gemini API. */
export function createGoogleProvider({ config, connectTimeoutMs, now }: ProviderDependencies): Provider {
  const { name, baseUrl = BASE_URL } = config;
  const transport = createTransport({ connectTimeoutMs });
  const client = new GoogleGenerativeAI(config.apiKey ?? '');
  const address = addressOf(baseUrl);
  interceptFetch();

  return {
    name,
    kind: 'google',
    telemetryName: 'gcp.gemini',
    endpoint: endpointOf(baseUrl),
    capabilities: capabilitiesOf,
    complete,
    stream,
    close: () => transport.close(),
  };

  async function complete(call: ProviderCall): Promise<Answer> {
    try {
      const { body, warnings } = mapRequest(call);
      const response = await send(call, (model) => model.generateContent(body));
      return mapAnswer(await response.text(), createResponseReader({ call, provider: name, now }), warnings);
    } catch (thrown) {
      throw transportError(name, thrown);
    }
  }

  async function* stream(call: ProviderCall): AsyncGenerator<CompletionEvents> {
    try {
      const { body, warnings } = mapRequest(call);
      const response = await send(call, (model) => model.generateContentStream(body));
      try {
        yield warnings.map((value): CompletionEvent => ({ $case: 'warning', value }));
        yield* decode(response, call);
      } finally {
        // Whoever reads may leave before a piece of the body was asked for.
        response.body.cancel();
      }
    } catch (thrown) {
      throw transportError(name, thrown);
    }
  }

  async function* decode(response: LeanResponse, call: ProviderCall): AsyncGenerator<CompletionEvents> {
    const decoder = createStreamDecoder(createResponseReader({ call, provider: name, now }), name);
    if (isEventStream(response)) return yield* decodeStream(response.body, decoder);
    // Without `alt=sse`, which a proxy may drop, the stream is one JSON list.
    yield decoder.decode({ data: await response.text() });
    yield decoder.end();
  }

  async function send(
    { model, signal, report }: ProviderCall,
    ask: (model: ReturnType<typeof client.getGenerativeModel>) => Promise<unknown>,
  ): Promise<LeanResponse> {
    const generative = client.getGenerativeModel({ model: modelPath(model) }, address);
    const response = await rawResponse(
      () => ask(generative),
      // Not by way of the SDK, which never takes its listener off a signal again.
      (url, init) => transport.fetch(url, { ...init, signal }),
    );
    report({ httpStatus: response.status });
    if (!response.ok) throw await failedResponse(response, { provider: name, now });
    return leanResponse(response);
  }
}

/** The SDK puts the version into the address itself, but a base URL may well end with one. */
function addressOf(baseUrl: string): { baseUrl: string; apiVersion?: string } {
  const [, base, apiVersion] = /^(.+)\/(v\d\w*)$/.exec(baseUrl) ?? [];
  return base && apiVersion ? { baseUrl: base, apiVersion } : { baseUrl };
}

/** The SDK puts the name into the address as it is, and callers may name any model. */
function modelPath(model: string): string {
  return model.split('/').map(encodeURIComponent).join('/');
}
