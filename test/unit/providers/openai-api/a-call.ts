import { GatewayError, reasonName } from '../../../../src/completion/error.ts';
import type { ProviderCall, ResponseFacts } from '../../../../src/completion/ports.ts';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import type { Message, Part, Role } from '../../../../src/gen/sluice/v1/message.ts';

export type Said = Parameters<typeof CompleteRequest.fromPartial>[0];

/** A call with everything at its default but what is said; `facts` keeps what it is told of the response. */
export function aCall(
  request: Said = { prompt: 'hi' },
  said: Partial<ProviderCall> = {},
): ProviderCall & { facts: ResponseFacts[] } {
  const facts: ResponseFacts[] = [];
  return {
    model: 'gpt-4o',
    request: CompleteRequest.fromPartial(request),
    options: undefined,
    defaultMaxOutputTokens: 4096,
    signal: new AbortController().signal,
    report: (told) => void facts.push(told),
    ...said,
    facts,
  };
}

export function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: '' };
}

export function text(value: string): Part {
  return { part: { $case: 'text', value } };
}

export function refusal(value: string): Part {
  return { part: { $case: 'refusal', value } };
}

export function media($case: 'image' | 'document' | 'audio', value: object): Part {
  return { part: { $case, value: { mediaType: '', name: '', ...value } } };
}

export function reasoning(value: string, signature: string): Part {
  return {
    part: { $case: 'reasoning', value: { text: value, signature: Buffer.from(signature), redacted: false } },
  };
}

export function toolCall(id: string, name: string, json: string): Part {
  return { part: { $case: 'toolCall', value: { id, name, arguments: json, signature: Buffer.alloc(0) } } };
}

export function toolResult(toolCallId: string, content: string, isError = false): Part {
  return { part: { $case: 'toolResult', value: { toolCallId, name: '', content, isError } } };
}

/** Name of the reason that was thrown. */
export function reasonThrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return reasonName(error.reason);
    throw error;
  }
  return 'nothing was thrown';
}
