import type { Reason } from '../../src/completion/error.ts';
import { ErrorReason } from '../../src/gen/sluice/v1/error.ts';
import type { Claim, Expectation } from './expectations.ts';
import { bodyOf, type Recording } from './recordings.ts';

// A reading of recordings of OpenAI's embeddings and models, which are errors all, by the vendor's documentation.

export const claims: readonly [other: Claim] = [
  {
    title: "OpenAI's embeddings and models",
    wanted: ({ provider, api }) => provider === 'openai' && (api === 'embeddings' || api === 'models'),
    read: readOther,
  },
];

function readOther(recording: Recording): Expectation {
  const { status } = recording.response;
  if (status === 200) return { kind: 'not judged', why: 'no reading of an answer, only of errors' };
  const { error } = JSON.parse(bodyOf(recording).toString());
  const expected = { kind: 'error' as const, reason: reasonOf(status, error.code), httpStatus: status };
  // Recorded where one model was asked for, not the list of them.
  return recording.api === 'models' ? { ...expected, asked: 'answer' } : expected;
}

function reasonOf(status: number, code: string | null): Reason {
  if (code === 'model_not_found') return ErrorReason.MODEL_NOT_FOUND;
  return status === 403 ? ErrorReason.PROVIDER_CREDENTIALS_REJECTED : ErrorReason.PROVIDER_REJECTED_REQUEST;
}
