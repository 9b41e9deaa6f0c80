import type { Claim, Expectation } from './expectations.ts';
import { readCompletion, readEmbeddings, reasonOf } from './expectations-openai-compatible.ts';
import type { Recording } from './recordings.ts';

// A reading of recordings of Azure by the vendor's documentation. Its answers are those of OpenAI's API, with the
// findings of its filters added, and an answer that was filtered may lack its message; its errors have their own codes.

export const claims: readonly [azure: Claim] = [
  {
    title: 'Azure OpenAI',
    wanted: ({ provider, api }) => provider === 'azure-openai' && (api === 'chat' || api === 'embeddings'),
    read: readAzure,
  },
];

function readAzure(recording: Recording): Expectation {
  const { status, body } = recording.response;
  if (status !== 200) return { kind: 'error', reason: reasonOf(status, body), httpStatus: status };
  return recording.api === 'embeddings' ? readEmbeddings(recording) : readCompletion(recording);
}
