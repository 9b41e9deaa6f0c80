import {
  CacheMode,
  type CompleteRequest,
  ReasoningEffort,
  type Sampling,
} from '../../gen/sluice/v1/completion_service.ts';
import { checkCommonFields, checkDuration, checkLength, unknownValue } from './check-execution.ts';
import type { Fault } from './fault.ts';
import { isJsonObject } from './json-text.ts';

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
  for (const [kind, json] of Object.entries(providerOptions)) {
    const field = `provider_options["${kind.slice(0, 60)}"]`;
    if (!providerKinds.includes(kind))
      fault(field, `names no provider kind; the kinds are ${providerKinds.join(', ')}`);
    else if (!isJsonObject(json)) fault(field, 'is not the text of a JSON object');
    else checkChoosesNoModel(json, field, fault);
  }
}

/** Members that say who answers, here or at a router. What a caller may ask for, and its price, hangs on `model`. */
const modelMembers = ['model', 'models'];

function checkChoosesNoModel(json: string, field: string, fault: Fault): void {
  const members = Object.keys(JSON.parse(json));
  for (const member of modelMembers) {
    if (members.includes(member))
      fault(`${field}.${member}`, 'would choose another model; ask for it by `model`');
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
