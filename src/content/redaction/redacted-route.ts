import type { Call, EmbeddingCall } from '../../completion/ports/call.ts';
import type { Route } from '../../completion/ports/route.ts';
import { addWarnings } from '../add-warnings.ts';
import { textsOf } from '../map-texts.ts';
import type { ContentPolicy } from '../policy.ts';
import { createFinder } from './find-values.ts';
import { redactId, redactRequest } from './redact-request.ts';
import { redactWarning } from './redact-warning.ts';
import { createRedactor } from './redactor.ts';
import { createRestore } from './restorer.ts';

/**
 * A completion's route by which no value that the policy keeps back goes to a provider. What routing sees of the call is the
 * redacted request, so an attempt's trace and a continuation hold nothing else; the caller is shown the originals where
 * the policy puts them back.
 */
export function redactedRoute(call: Call, route: Route, policy: ContentPolicy): Route {
  const redactor = createRedactor({ find: createFinder(policy), taken: textsOf(call.request) });
  return {
    ...route,
    async answer(asked, show) {
      const request = redactRequest(asked.request, redactor);
      if (redactor.counts.size === 0) return route.answer(asked, show);
      const warned = addWarnings(show, redactWarning(redactor, policy.restore));
      if (!policy.restore) return route.answer({ ...asked, request }, warned);
      // The caller's answer is not what the provider said, and no trace's business.
      asked.telemetry.answerWithheld();
      const restore = createRestore({
        originals: redactor.originals,
        isJson: isJson(request),
      });
      return route.answer({ ...asked, request }, (events) => {
        const restored = restore(events);
        // All of it may have to wait.
        return restored.length > 0 ? warned(restored) : undefined;
      });
    },
  };
}

/** The same for texts that are embedded. Vectors hold nothing to be put back. */
export function redactedEmbedding({ request }: EmbeddingCall, route: Route, policy: ContentPolicy): Route {
  const redactor = createRedactor({ find: createFinder(policy), taken: request.texts });
  return {
    ...route,
    async embed(asked) {
      const texts = request.texts.map(redactor.redact);
      const endUser = redactId(request.endUser, redactor.redact);
      const answer = await route.embed({ ...asked, request: { ...request, texts, endUser } });
      const warning = redactWarning(redactor, false);
      return warning ? { ...answer, warnings: [warning, ...answer.warnings] } : answer;
    },
  };
}

function isJson({ responseFormat }: Call['request']): boolean {
  const format = responseFormat?.format?.$case;
  return format === 'jsonObject' || format === 'jsonSchema';
}
