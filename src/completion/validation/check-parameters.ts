import {
  CacheMode,
  type CompleteRequest,
  ReasoningEffort,
  type Sampling,
} from '../../gen/sluice/v1/completion_service.ts';
import { checkCommonFields, checkDuration, checkLength, unknownValue } from './check-execution.ts';
import { checkProviderOptions } from './check-provider-options.ts';
import type { Fault } from './fault.ts';

export function checkParameters(request: CompleteRequest, fault: Fault): void {
  const { maxOutputTokens, sampling, reasoning, cache, providerOptions } = request;
  if (maxOutputTokens !== undefined && maxOutputTokens < 1)
    fault('max_output_tokens', `is ${maxOutputTokens}, not at least 1`);
  if (sampling) checkSampling(sampling, fault);
  if (reasoning?.effort === ReasoningEffort.UNRECOGNIZED) fault('reasoning.effort', unknownValue);
  if (reasoning?.budgetTokens !== undefined && reasoning.budgetTokens < 0)
    fault('reasoning.budget_tokens', 'is negative');
  if (cache?.mode === CacheMode.UNRECOGNIZED) fault('cache.mode', unknownValue);
  checkDuration(cache?.ttl, 'cache.ttl', fault);
  checkLength(cache?.namespace ?? '', 'cache.namespace', fault);
  checkCommonFields(request, fault);
  checkProviderOptions(providerOptions, fault);
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
