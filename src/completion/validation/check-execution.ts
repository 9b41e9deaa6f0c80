import type { Duration } from '../../gen/google/protobuf/duration.ts';
import {
  type ExecutionPolicy,
  MidStreamPolicy,
  UnsupportedParameterPolicy,
} from '../../gen/sluice/v1/execution.ts';
import { toMilliseconds } from '../duration.ts';
import { checkModel } from './collect-faults.ts';
import type { Fault } from './fault.ts';

/** What requests of all kinds say about who asks and how hard to try. */
export interface CommonFields {
  execution?: ExecutionPolicy | undefined;
  requestId: string;
  endUser: string;
  labels: Readonly<Record<string, string>>;
}

export function checkCommonFields(
  { execution, requestId, endUser, labels }: CommonFields,
  fault: Fault,
): void {
  if (execution) checkExecution(execution, fault);
  checkLength(endUser, 'end_user', fault);
  // Nothing is ignored in silence: a field that this version does not act on is refused by name.
  if (requestId !== '') fault('request_id', notYet);
  checkLabels(labels, fault);
}

export const unknownValue = 'has a value that this version does not know';
const notYet = 'is not supported by this version; leave it unset';
const longestId = 256;
const mostFallbackModels = 8;
const mostLabels = 16;

// Timers of the platform end at 2^31 ms; nobody waits a day for an answer.
const longestMs = 24 * 60 * 60 * 1_000;

export function checkDuration(duration: Duration | undefined, field: string, fault: Fault): void {
  if (!duration) return;
  const ms = toMilliseconds(duration);
  if (!(ms > 0 && ms <= longestMs)) fault(field, `is ${ms / 1_000}s, not above 0 and up to 24 h`);
}

export function checkLength(text: string, field: string, fault: Fault): void {
  if (text.length > longestId) fault(field, `has ${text.length} characters, more than ${longestId}`);
}

function checkLabels(labels: Readonly<Record<string, string>>, fault: Fault): void {
  const entries = Object.entries(labels);
  if (entries.length > mostLabels) fault('labels', `has ${entries.length} labels, more than ${mostLabels}`);
  for (const [name, value] of entries) {
    if (name === '') fault('labels', 'has a label without a name');
    checkLength(name, 'labels', fault);
    checkLength(value, `labels["${name.slice(0, 100)}"]`, fault);
  }
}

function checkExecution(execution: ExecutionPolicy, fault: Fault): void {
  checkDuration(execution.firstContentTimeout, 'execution.first_content_timeout', fault);
  checkDuration(execution.idleTimeout, 'execution.idle_timeout', fault);
  checkDuration(execution.totalTimeout, 'execution.total_timeout', fault);
  checkDuration(execution.connectTimeout, 'execution.connect_timeout', fault);
  checkDuration(execution.responseTimeout, 'execution.response_timeout', fault);
  const { fallbackModels, maxAttempts, midStream, unsupportedParameters } = execution;
  if (maxAttempts !== undefined && maxAttempts < 1)
    fault('execution.max_attempts', `is ${maxAttempts}, not at least 1`);
  if (midStream === MidStreamPolicy.UNRECOGNIZED) fault('execution.mid_stream', unknownValue);
  if (unsupportedParameters === UnsupportedParameterPolicy.UNRECOGNIZED) {
    fault('execution.unsupported_parameters', unknownValue);
  }
  if (fallbackModels.length > mostFallbackModels)
    fault(
      'execution.fallback_models',
      `has ${fallbackModels.length} models, more than ${mostFallbackModels}`,
    );
  fallbackModels.forEach((model, index) => {
    checkModel(model, fault, `execution.fallback_models[${index}]`);
  });
}
