import { createClient, SluiceError, textOf } from '@sluice/client';
import { FinishReason } from '@sluice/client/proto';
import { createFakeGateway } from '@sluice/client/testing';

// What a team that calls the gateway might write; package.test.ts runs it against the packed package.
await using gateway = await createFakeGateway({
  complete: ({ prompt }) =>
    prompt === ''
      ? new SluiceError({
          status: 'INVALID_ARGUMENT',
          reason: 'INVALID_REQUEST',
          message: 'prompt: must not be empty',
          fieldViolations: [{ field: 'prompt', description: 'must not be empty' }],
        })
      : 'Good morning.',
  embed: ({ texts }) => ({ embeddings: texts.map((text) => ({ values: [text.length] })) }),
});
await using client = createClient({ address: gateway.address, apiKey: 'secret' });

const answer = await client.complete({ model: 'fast', prompt: 'Hello' });
if (answer.finishReason !== FinishReason.STOP) throw new Error(answer.finishReason);
print(textOf(answer));
print(await client.stream({ model: 'fast', prompt: 'Hello' }).text());
try {
  await client.complete({ model: 'fast' });
} catch (error) {
  if (SluiceError.is(error)) print(error.reason, error.fieldViolations[0]?.field);
}
const { embeddings } = await client.embeddings.embed({ model: 'embed', texts: ['ab'] });
print(embeddings[0]?.values[0]);

function print(...values: unknown[]): void {
  process.stdout.write(`${values.join(' ')}\n`);
}
