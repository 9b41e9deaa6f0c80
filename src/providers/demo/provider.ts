import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../completion/error.ts';
import type { CompletionEvent, CompletionEvents } from '../../completion/ports/events.ts';
import type { Provider, ProviderCall } from '../../completion/ports/provider.ts';
import { unfold } from '../../completion/unfold.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import type { ProviderDependencies } from '../shared/dependencies.ts';
import { providerError } from '../shared/http-error.ts';
import { answerTo, inputTokensOf, wordsOf } from './answer.ts';
import { type Behaviour, behaviourOf, demoModels } from './behaviour.ts';
import { capabilitiesOf } from './capabilities.ts';
import { embeddingsOf } from './embeddings.ts';

/**
 * Creates the provider that is always there: offline, deterministic, and able to fail on demand, so that a first
 * run needs no key and client teams can test against every fault. Its models are listed in docs/providers.md.
 */
export function createDemoProvider({ config: { name } }: Pick<ProviderDependencies, 'config'>): Provider {
  return {
    name,
    kind: 'demo',
    telemetryName: 'demo',
    endpoint: { host: 'localhost', port: 0 },
    capabilities: capabilitiesOf,

    async complete(call) {
      const behaviour = begin(call);
      const answer = answerTo(call.request, behaviour);
      await misbehave(behaviour, call.signal);
      return answer;
    },

    async *stream(call) {
      const behaviour = begin(call);
      const answer = answerTo(call.request, behaviour);
      await pause(behaviour.firstContentDelayMs ?? 0, call.signal);
      let words = 0;
      for (const event of unfold(answer)) {
        for (const piece of inPieces(event)) {
          if (words === behaviour.stallAfter) await forever(call.signal);
          if (words === behaviour.breakAfter) throw connectionLost();
          if (words > 0 && piece.$case === 'textDelta') await pause(behaviour.intervalMs ?? 20, call.signal);
          yield [piece] satisfies CompletionEvents;
          words += 1;
        }
      }
    },

    async embed(call) {
      const behaviour = begin({ ...call, options: undefined }, { embedding: true });
      await misbehave(behaviour, call.signal);
      return embeddingsOf(call);
    },

    async countTokens(call) {
      await misbehave(begin(call), call.signal);
      return inputTokensOf(call.request);
    },

    listModels: async () => [...demoModels],

    async close() {},
  };

  function begin(
    { model, options, report }: Pick<ProviderCall, 'model' | 'options' | 'report'>,
    { embedding } = { embedding: false },
  ): Behaviour {
    const behaviour = behaviourOf(model, options);
    if (!behaviour || (behaviour.embedding ?? false) !== embedding) throw failure(404, undefined);
    const { failWithStatus, retryAfterMs } = behaviour;
    if (failWithStatus !== undefined) throw failure(failWithStatus, retryAfterMs);
    report({ httpStatus: 200, responseModel: model });
    return behaviour;
  }

  /** Does what a whole answer can be told to do: come late, never, or break off. */
  async function misbehave(behaviour: Behaviour, signal: AbortSignal): Promise<void> {
    await pause(behaviour.firstContentDelayMs ?? 0, signal);
    if (behaviour.stallAfter !== undefined) await forever(signal);
    if (behaviour.breakAfter !== undefined) throw connectionLost();
  }

  function failure(httpStatus: number, retryAfterMs: number | undefined): GatewayError {
    return providerError({ provider: name, httpStatus, code: undefined, retryAfterMs, cause: undefined });
  }

  function connectionLost(): GatewayError {
    return new GatewayError(
      ErrorReason.PROVIDER_UNAVAILABLE,
      `${name} lost the connection, as it was told to.`,
      {
        metadata: { provider: name },
      },
    );
  }
}

/** Text comes word by word, everything else at once. */
function inPieces(event: CompletionEvent): CompletionEvent[] {
  if (event.$case !== 'textDelta') return [event];
  return wordsOf(event.value.text).map((text) => ({ $case: 'textDelta', value: { text } }));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal });
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
