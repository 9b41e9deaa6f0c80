import type { Message } from '../../gen/sluice/v1/message.ts';
import { unsupportedParameter } from '../shared/unsupported-parameter.ts';

/** Refuses media in what a model has said: OpenAI's APIs do not take them back, and they carry meaning. */
export function refuseAnsweredMedia({ parts }: Message, field: string): void {
  parts.forEach(({ part }, index) => {
    if (part?.$case !== 'image' && part?.$case !== 'audio') return;
    throw unsupportedParameter(
      `${field}.parts[${index}].${part.$case}`,
      `${part.$case} is not taken back as part of an answer`,
    );
  });
}
