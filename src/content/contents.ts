import type { Caller } from '../completion/ports/call.ts';
import type { Contents } from '../completion/ports/contents.ts';
import { type ContentConfig, noContentPolicy } from '../config/config.ts';
import type { CompleteRequest } from '../gen/sluice/v1/completion_service.ts';
import type { EmbedRequest } from '../gen/sluice/v1/embedding_service.ts';
import { addWarnings } from './add-warnings.ts';
import { formedRoute } from './form/formed-route.ts';
import { createJudge } from './form/judge.ts';
import { createSchemas } from './form/schemas.ts';
import { checkInjection } from './injection/check-injection.ts';
import { prepareScoring } from './injection/score.ts';
import { limitInput } from './limit-input.ts';
import { textsOf } from './map-texts.ts';
import { type ContentPolicy, combinePolicies } from './policy.ts';
import { createFinder } from './redaction/find-values.ts';
import { redactRequest } from './redaction/redact-request.ts';
import { redactedEmbedding, redactedRoute } from './redaction/redacted-route.ts';
import { createRedactor } from './redaction/redactor.ts';

interface HasContent {
  content: ContentConfig;
}

/** Creates what looks after contents: by the policies of key and model, and by the form that a request wants. */
export function createContents({
  models,
  keys,
}: {
  models: ReadonlyMap<string, HasContent>;
  keys: readonly HasContent[];
}): Contents {
  if ([...models.values(), ...keys].some(({ content }) => content.injection !== 'off')) prepareScoring();
  const schemas = createSchemas();
  const modelsSayNothing = [...models.values()].every(({ content }) => content === noContentPolicy);

  return {
    screen(request, caller) {
      const policy = policyOf(request, caller);
      if (!policy) return request;
      const texts = textsOf(request);
      limitInput(texts, policy);
      return redactRequest(request, createRedactor({ find: createFinder(policy), taken: texts }));
    },

    guard(call, route) {
      const { request, caller } = call;
      const policy = policyOf(request, caller);
      const judge = createJudge(request, schemas);
      // What is allowed to pass as it is costs nothing.
      if (!policy && !judge) return { ...route, contentPolicy: '' };

      if (policy) limitInput(textsOf(request), policy);
      const suspicion = policy && checkInjection(request, policy);
      const redacted = policy && policy.redact.length > 0 ? redactedRoute(call, route, policy) : route;
      // Judged is what the caller is shown, so a schema may well ask for an address of mail.
      const formed = judge ? formedRoute(redacted, { judge, repair: policy?.repairJson ?? false }) : redacted;
      return {
        ...formed,
        answer: (asked, show) => formed.answer(asked, addWarnings(show, suspicion)),
        contentPolicy: policy ? JSON.stringify(policy) : '',
      };
    },

    guardEmbedding(call, route) {
      const policy = policyOf(call.request, call.caller);
      if (!policy) return route;
      limitInput(call.request.texts, policy);
      return policy.redact.length > 0 ? redactedEmbedding(call, route, policy) : route;
    },
  };

  /** What holds for all the models that may answer holds for the request, which is redacted once. */
  function policyOf(
    { model, execution }: Pick<CompleteRequest | EmbedRequest, 'model' | 'execution'>,
    { content }: Caller,
  ): ContentPolicy | undefined {
    if (modelsSayNothing && content === noContentPolicy) return undefined;
    const asked = [model, ...(execution?.fallbackModels ?? [])];
    return combinePolicies([content, ...asked.flatMap((name) => models.get(name)?.content ?? [])]);
  }
}
