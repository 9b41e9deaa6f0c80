import type { Duration } from '../../gen/google/protobuf/duration.ts';
import {
  CacheMode,
  type CompleteRequest,
  ReasoningEffort,
  type Sampling,
} from '../../gen/sluice/v1/completion_service.ts';
import {
  type ExecutionPolicy,
  MidStreamPolicy,
  UnsupportedParameterPolicy,
} from '../../gen/sluice/v1/execution.ts';
import { toMilliseconds } from '../duration.ts';
import type { Fault } from './fault.ts';
import { isJsonObject } from './json-text.ts';

const longestId = 256;

/** Every kind of provider that the contract knows, so that a misspelt one does not go unnoticed. */
const providerKinds = [
  'demo',
  'openai',
  'anthropic',
  'google',
  'azure-openai',
  'cohere',
  'bedrock',
  'huggingface',
  'openai-compatible',
];

export function checkParameters(request: CompleteRequest, fault: Fault): void {
  const { maxOutputTokens, sampling, reasoning, execution, cache, endUser, providerOptions } = request;
  if (maxOutputTokens !== undefined && maxOutputTokens < 1)
    fault('max_output_tokens', `is ${maxOutputTokens}, not at least 1`);
  if (sampling) checkSampling(sampling, fault);
  if (reasoning?.effort === ReasoningEffort.UNRECOGNIZED) fault('reasoning.effort', unknownValue);
  if (reasoning?.budgetTokens !== undefined && reasoning.budgetTokens < 0)
    fault('reasoning.budget_tokens', 'is negative');
  if (execution) checkExecution(execution, fault);
  if (cache?.mode === CacheMode.UNRECOGNIZED) fault('cache.mode', unknownValue);
  checkDuration(cache?.ttl, 'cache.ttl', fault);
  checkLength(cache?.namespace ?? '', 'cache.namespace', fault);
  checkLength(endUser, 'end_user', fault);
  for (const [kind, json] of Object.entries(providerOptions)) {
    const field = `provider_options["${kind.slice(0, 60)}"]`;
    if (!providerKinds.includes(kind))
      fault(field, `names no provider kind; the kinds are ${providerKinds.join(', ')}`);
    else if (!isJsonObject(json)) fault(field, 'is not the text of a JSON object');
  }
  refuseWhatIsNotHonouredYet(request, fault);
}

/** Nothing is ignored in silence: a field that this version does not act on is refused by name. */
function refuseWhatIsNotHonouredYet({ requestId, labels, execution }: CompleteRequest, fault: Fault): void {
  const notYet = 'is not supported by this version; leave it unset';
  if (requestId !== '') fault('request_id', notYet);
  if (Object.keys(labels).length > 0) fault('labels', notYet);
  if (execution && execution.fallbackModels.length > 0) fault('execution.fallback_models', notYet);
  const midStream = execution?.midStream;
  if (midStream === MidStreamPolicy.RESTART || midStream === MidStreamPolicy.CONTINUE) {
    fault(
      'execution.mid_stream',
      `${midStream} is not supported by this version; use MID_STREAM_POLICY_FAIL`,
    );
  }
}

function checkSampling(sampling: Sampling, fault: Fault): void {
  const within = (field: string, value: number | undefined, low: number, high: number) => {
    if (value !== undefined && !(value >= low && value <= high)) {
      fault(`sampling.${field}`, `is ${value}, not between ${low} and ${high}`);
    }
  };
  within('temperature', sampling.temperature, 0, 2);
  if (sampling.topP !== undefined && !(sampling.topP > 0 && sampling.topP <= 1)) {
    fault('sampling.top_p', `is ${sampling.topP}, not above 0 and up to 1`);
  }
  if (sampling.topK !== undefined && sampling.topK < 1)
    fault('sampling.top_k', `is ${sampling.topK}, not at least 1`);
  within('presence_penalty', sampling.presencePenalty, -2, 2);
  within('frequency_penalty', sampling.frequencyPenalty, -2, 2);
  sampling.stop.forEach((text, s) => {
    if (text === '') fault(`sampling.stop[${s}]`, 'is empty');
  });
}

function checkExecution(execution: ExecutionPolicy, fault: Fault): void {
  checkDuration(execution.firstContentTimeout, 'execution.first_content_timeout', fault);
  checkDuration(execution.idleTimeout, 'execution.idle_timeout', fault);
  checkDuration(execution.totalTimeout, 'execution.total_timeout', fault);
  const { maxAttempts, midStream, unsupportedParameters } = execution;
  if (maxAttempts !== undefined && maxAttempts < 1)
    fault('execution.max_attempts', `is ${maxAttempts}, not at least 1`);
  if (midStream === MidStreamPolicy.UNRECOGNIZED) fault('execution.mid_stream', unknownValue);
  if (unsupportedParameters === UnsupportedParameterPolicy.UNRECOGNIZED) {
    fault('execution.unsupported_parameters', unknownValue);
  }
}

const unknownValue = 'has a value that this version does not know';

// Timers of the platform end at 2^31 ms; nobody waits a day for an answer.
const longestMs = 24 * 60 * 60 * 1_000;

function checkDuration(duration: Duration | undefined, field: string, fault: Fault): void {
  if (!duration) return;
  const ms = toMilliseconds(duration);
  if (!(ms > 0 && ms <= longestMs)) fault(field, `is ${ms / 1_000}s, not above 0 and up to 24 h`);
}

function checkLength(text: string, field: string, fault: Fault): void {
  if (text.length > longestId) fault(field, `has ${text.length} characters, more than ${longestId}`);
}
