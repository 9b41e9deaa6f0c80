import { messagesOf } from '../../completion/messages.ts';
import type { ProviderCall } from '../../completion/ports/provider.ts';
import { malformed, parseObject } from '../shared/json.ts';
import { capabilitiesOf } from './capabilities.ts';

export interface TokenizeRequest {
  model: string;
  text: string;
}

/**
 * Maps a request to one that has its text cut into tokens. Undefined where that would not be the exact count: Cohere
 * counts texts only, while a conversation is read with a preamble and marks between its messages that nobody is told.
 * So it is exact for what an embedding model reads, one text.
 */
export function mapTokenizeRequest({ model, request }: ProviderCall): TokenizeRequest | undefined {
  const parts = messagesOf(request).flatMap((message) => message.parts);
  const [only] = parts;
  if (!capabilitiesOf(model).embedding || parts.length !== 1 || only?.part?.$case !== 'text')
    return undefined;
  const text = only.part.value;
  return text.length > MAX_LENGTH ? undefined : { model, text };
}

/** Limit of the provider on a text, in characters. */
const MAX_LENGTH = 65_536;

/** Reads how many tokens there are. */
export function mapTokenCount(body: string): number {
  const { tokens } = parseObject(body);
  if (!Array.isArray(tokens)) throw malformed('it has no list of tokens');
  return tokens.length;
}
