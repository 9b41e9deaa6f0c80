import { GatewayError } from '../../completion/error.ts';
import { messagesOf } from '../../completion/messages.ts';
import type { CompleteRequest, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';
import { type Media, type Message, Role } from '../../gen/sluice/v1/message.ts';
import type { ContentPolicy } from '../policy.ts';
import { scoreInjection } from './score.ts';

/**
 * Looks at what users and tools say, message by message: the highest score counts. System messages say what they like, and
 * what the model has said was judged when it was asked.
 *
 * @returns a warning where the policy flags, and there is reason to.
 * @throws GatewayError CONTENT_BLOCKED where it blocks. It tells the score, never the words.
 */
export function checkInjection(
  request: CompleteRequest,
  { injection, injectionThreshold }: Pick<ContentPolicy, 'injection' | 'injectionThreshold'>,
): Warning | undefined {
  if (injection === 'off') return undefined;
  const score = Math.max(0, ...messagesOf(request).flatMap(untrustedTexts).map(scoreInjection));
  if (score < injectionThreshold) return undefined;
  const told = `looks like an attempt to override the system message: its score is ${score.toFixed(2)}`;
  if (injection === 'flag')
    return { code: 'INJECTION_SUSPECTED', message: `The input ${told}.`, field: 'messages' };
  throw new GatewayError(
    ErrorReason.CONTENT_BLOCKED,
    `The gateway did not send this input, for it ${told}, and ${injectionThreshold} is not allowed. ` +
      'Say it in other words, or have whoever runs the gateway set content.injection to flag, or raise content.injectionThreshold.',
    { metadata: { score: score.toFixed(2), threshold: String(injectionThreshold) } },
  );
}

function untrustedTexts({ role, parts }: Message): string[] {
  return parts.flatMap(({ part }) => {
    if (part?.$case === 'toolResult') return [part.value.content];
    if (part?.$case === 'document') return textOfDocument(part.value);
    const isUntrusted = role === Role.USER || role === Role.TOOL;
    return isUntrusted && part?.$case === 'text' ? [part.value] : [];
  });
}

function textOfDocument({ mediaType, source }: Media): string[] {
  return mediaType.startsWith('text/') && source?.$case === 'data' ? [source.value.toString()] : [];
}
