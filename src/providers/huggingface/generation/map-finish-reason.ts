import { FinishReason } from '../../../gen/sluice/v1/completion_service.ts';

/** Maps why generation stopped. Servers that do not tell leave it open whether the text is whole. */
export function mapFinishReason(word: string): FinishReason {
  switch (word) {
    case 'eos_token':
      return FinishReason.STOP;
    case 'stop_sequence':
      return FinishReason.STOP_SEQUENCE;
    case 'length':
      return FinishReason.LENGTH;
    default:
      return FinishReason.OTHER;
  }
}
