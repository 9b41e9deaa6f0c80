import type { Cohere } from 'cohere-ai';
import type { Sampling, Warning } from '../../gen/sluice/v1/completion_service.ts';
import { clamped, dropped } from '../shared/warnings.ts';
import type { Wire } from './wire.ts';

export interface MappedSampling {
  members: Pick<
    Wire<Cohere.V2ChatRequest>,
    'temperature' | 'p' | 'k' | 'seed' | 'stop_sequences' | 'presence_penalty' | 'frequency_penalty'
  >;
  warnings: Warning[];
}

/** Maps how to sample. The provider takes less of a range than the contract, and refuses what lies outside. */
export function mapSampling(sampling: Sampling | undefined): MappedSampling {
  if (!sampling) return { members: {}, warnings: [] };
  const { temperature, topP, topK, seed, stop, presencePenalty, frequencyPenalty } = sampling;
  const warnings: Warning[] = [];
  const p = within('top_p', topP, 0.01, 0.99);
  const k = within('top_k', topK, 0, 500);
  const frequency = within('frequency_penalty', frequencyPenalty, 0, 1);
  let presence = within('presence_penalty', presencePenalty, 0, 1);
  if (presence && frequency) {
    presence = undefined;
    warnings.push(dropped('sampling.presence_penalty', 'Cohere takes one of the two penalties'));
  }
  const members = {
    ...(temperature !== undefined && { temperature }),
    ...(p !== undefined && { p }),
    ...(k !== undefined && { k }),
    ...(seed !== undefined && { seed }),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(presence !== undefined && { presence_penalty: presence }),
    ...(frequency !== undefined && { frequency_penalty: frequency }),
  };
  return { members, warnings };

  function within(name: string, value: number | undefined, least: number, most: number): number | undefined {
    if (value === undefined || (value >= least && value <= most)) return value;
    const used = value < least ? least : most;
    const field = `sampling.${name}`;
    const why = value < least ? 'raised to the least' : 'lowered to the most';
    warnings.push(clamped(field, `${field} ${value} was ${why} that Cohere takes, ${used}.`));
    return used;
  }
}
