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

/**
 * Checks what goes into the vendors' requests as it is. Nearly everything may: it is the caller's own business, but for what
 * the rest of the gateway, its accounts first, takes from the request's own fields.
 */
export function checkProviderOptions(options: Readonly<Record<string, string>>, fault: Fault): void {
  for (const [kind, json] of Object.entries(options)) {
    const field = `provider_options["${kind.slice(0, 60)}"]`;
    if (!providerKinds.includes(kind))
      fault(field, `names no provider kind; the kinds are ${providerKinds.join(', ')}`);
    else if (!isJsonObject(json)) fault(field, 'is not the text of a JSON object');
    else {
      const said: Record<string, unknown> = JSON.parse(json);
      checkChoosesNoModel(said, field, fault);
      checkAsksForOneAnswer(said, field, fault);
    }
  }
}

/** Members that say who answers, here or at a router. What a caller may ask for, and its price, hangs on `model`. */
const modelMembers = ['model', 'models'];

function checkChoosesNoModel(said: Record<string, unknown>, field: string, fault: Fault): void {
  for (const member of modelMembers) {
    if (Object.hasOwn(said, member))
      fault(`${field}.${member}`, 'would choose another model; ask for it by `model`');
  }
}

/**
 * Members by which vendors are asked for several answers to one request, or to choose one of several: all are billed, one
 * is reserved for, and one is given. OpenAI's and vLLM's, Google's in both of protobuf's spellings, Cohere's, AI21's, and that
 * of Hugging Face's servers.
 */
const countMembers = [
  'n',
  'best_of',
  'candidateCount',
  'candidate_count',
  'num_generations',
  'numResults',
  'num_return_sequences',
];

/** Where these stand, beside the top. */
const countFolders = ['generationConfig', 'generation_config', 'additionalModelRequestFields', 'parameters'];

function checkAsksForOneAnswer(said: Record<string, unknown>, field: string, fault: Fault): void {
  checkCounts(said, field);
  for (const folder of countFolders) {
    const inner = Object.hasOwn(said, folder) ? said[folder] : undefined;
    if (typeof inner === 'object' && inner !== null)
      checkCounts(inner as Record<string, unknown>, `${field}.${folder}`);
  }

  function checkCounts(members: Record<string, unknown>, path: string): void {
    for (const member of countMembers) {
      if (!Object.hasOwn(members, member) || members[member] === 1) continue;
      const value = JSON.stringify(members[member]).slice(0, 20);
      const why =
        'would be billed for several answers, and a call has one; leave it out and call again for more';
      fault(`${path}.${member}`, `is ${value}: it ${why}`);
    }
  }
}
