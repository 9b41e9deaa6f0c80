import { hash } from 'node:crypto';
import type { CompleteRequest } from '../../gen/sluice/v1/completion_service.ts';
import { mapTexts } from '../map-texts.ts';
import type { Redactor } from './redactor.ts';

/** The request as a provider may see it. */
export function redactRequest(request: CompleteRequest, { redact }: Redactor): CompleteRequest {
  const { sampling, endUser } = request;
  return {
    ...mapTexts(request, redact),
    // The model will say placeholders, and is to stop at them.
    sampling: sampling && { ...sampling, stop: sampling.stop.map(redact) },
    endUser: redactId(endUser, redact),
  };
}

/** An id that holds what is to be kept back becomes one that still tells people apart, and always the same. */
export function redactId(id: string, redact: Redactor['redact']): string {
  return redact(id) === id ? id : hash('sha256', id).slice(0, 32);
}
