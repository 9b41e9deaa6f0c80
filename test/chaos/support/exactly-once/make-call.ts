import type { CallOptions, SluiceClient } from '@sluice/client';
import { SluiceError } from '@sluice/client';
import type { Cost, Usage } from '@sluice/client/proto';
import { type Plan, saidBy, type TimeLimit } from './plan.ts';
import type { Watched } from './scripted-provider.ts';

/** What the caller saw of its call. */
export interface Seen {
  status: string;
  reason: string;
  /** As far as it was streamed. */
  text: string;
  usage: Usage | undefined;
  cost: Cost | undefined;
}

/** Makes a call as it was planned, and leaves it where that was. */
export async function makeCall(client: SluiceClient, plan: Plan, watched: Watched): Promise<Seen> {
  const leaving = new AbortController();
  if (plan.leaves === 'once asked') void watched.allAsked.then(() => leaving.abort());
  const { leaves } = plan;
  if (typeof leaves === 'object') {
    const since = leaves.since === 'asked' ? watched.allAsked : Promise.resolve();
    void since.then(() => setTimeout(() => leaving.abort(), leaves.afterMs));
  }
  const options: CallOptions = {
    signal: leaving.signal,
    ...(plan.deadlineMs !== undefined && { timeoutMs: plan.deadlineMs }),
  };
  let text = '';
  try {
    if (plan.method === 'Embed') return ok(await client.embeddings.embed(embedding(plan), options), text);
    if (plan.method === 'Complete') return ok(await client.complete(completion(plan), options), text);
    const stream = client.stream(completion(plan), options);
    // What fails before it has said anything is not seen.
    const said = plan.scripts.map(saidBy).filter((words) => words !== '');
    let nth = 0;
    for await (const event of stream) {
      if (event.$case === 'failedOver') {
        text = '';
        nth += 1;
      }
      if (event.$case !== 'textDelta') continue;
      text += event.value.text;
      if (text !== said[nth]) continue;
      watched.heard();
      if (plan.leaves === 'once heard' && nth === said.length - 1) leaving.abort();
    }
    return ok(await stream.final(), text);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { status, reason, usage, cost } = error;
    return { status, reason, text, usage, cost };
  }
}

function ok({ usage, cost }: { usage?: Usage | undefined; cost?: Cost | undefined }, text: string): Seen {
  return { status: 'OK', reason: '', text, usage, cost };
}

function completion(plan: Plan) {
  const { model, text, maxOutputTokens, cache } = plan;
  return {
    model,
    prompt: text,
    ...whose(plan),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(cache && { cache: { mode: `CACHE_MODE_${cache}` as const } }),
  };
}

function embedding(plan: Plan) {
  return { model: plan.model, texts: plan.text === '' ? [] : [plan.text], ...whose(plan) };
}

function whose({ id, endUser, team, execution = {} }: Plan) {
  const { maxAttempts = 1, restarts, limit } = execution;
  return {
    endUser,
    labels: { call: id, ...(team !== '' && { team }) },
    execution: {
      maxAttempts,
      ...(restarts && { midStream: 'MID_STREAM_POLICY_RESTART' as const }),
      ...(limit && durationOf(limit)),
    },
  };
}

function durationOf({ of, ms }: TimeLimit) {
  return { [of]: { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1e6 } };
}
