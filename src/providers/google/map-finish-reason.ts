import { FinishReason } from '../../gen/sluice/v1/completion_service.ts';

/** Maps why the model stopped. Gemini says STOP also where it calls tools, and where it met a stop text. */
export function mapFinishReason(word: string, { calledTools }: { calledTools: boolean }): FinishReason {
  switch (word) {
    case 'STOP':
      return calledTools ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    case 'MAX_TOKENS':
      return FinishReason.LENGTH;
    case 'SAFETY':
    case 'RECITATION':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'MODEL_ARMOR':
    case 'IMAGE_SAFETY':
    case 'IMAGE_PROHIBITED_CONTENT':
    case 'IMAGE_RECITATION':
      return FinishReason.CONTENT_FILTER;
    default:
      return FinishReason.OTHER;
  }
}
