import type { ProviderCall } from '../../../completion/ports/provider.ts';
import type { Sampling, Warning } from '../../../gen/sluice/v1/completion_service.ts';
import { dropped } from '../warnings.ts';
import { takesOneOfTemperatureAndTopP } from './traits.ts';

/** How to sample, as far as Claude's providers take it. */
export interface FittedSampling extends Pick<Sampling, 'temperature' | 'topP' | 'topK' | 'stop'> {
  warnings: Warning[];
}

/** Leaves out of a request's sampling what would be refused beside something else that is asked for. */
export function fitSampling(
  { model, request: { sampling } }: ProviderCall,
  { thinks }: { thinks: boolean },
): FittedSampling {
  const warnings: Warning[] = [];
  if (!sampling) return { stop: [], warnings };
  let { temperature, topP, topK } = sampling;
  if (thinks && temperature !== undefined && temperature !== 1) {
    temperature = undefined;
    warnings.push(dropped('sampling.temperature', `${model} takes none but 1 while it thinks`));
  }
  if (thinks && topK !== undefined) {
    topK = undefined;
    warnings.push(dropped('sampling.top_k', `${model} takes none while it thinks`));
  }
  if (thinks && topP !== undefined && topP < MIN_TOP_P_THINKING) {
    topP = undefined;
    warnings.push(
      dropped('sampling.top_p', `${model} takes none below ${MIN_TOP_P_THINKING} while it thinks`),
    );
  }
  if (temperature !== undefined && topP !== undefined && takesOneOfTemperatureAndTopP(model)) {
    topP = undefined;
    warnings.push(dropped('sampling.top_p', `${model} takes either temperature or top_p`));
  }
  const stop = sampling.stop.filter((text) => text.trim() !== '');
  if (stop.length < sampling.stop.length) {
    warnings.push(dropped('sampling.stop', `${model} takes no stop text of nothing but white space`));
  }
  return { temperature, topP, topK, stop, warnings };
}

const MIN_TOP_P_THINKING = 0.95;
