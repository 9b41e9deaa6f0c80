import { expect, it } from 'vitest';
import { formedRoute } from '../../../src/content/form/formed-route.ts';
import type { CompleteRequest } from '../../../src/gen/sluice/v1/completion_service.ts';
import { answer } from '../../../src/routing/answer.ts';
import {
  aCall,
  aProvider,
  aRoute,
  aRouting,
  aTarget,
  finished,
  follow,
  text,
} from '../../support/builders.ts';

it('an answer that is asked for again is paid for by what is then asked, the bad answer included', async () => {
  const says = ['{"a":', '{"a":1}'];
  const provider = aProvider({ play: (_, nth) => [[text(says[nth - 1] ?? ''), finished()]] });
  const targets = [aTarget(provider)];
  const route = formedRoute(
    aRoute({ answer: (call, show) => answer(call, { targets, show, ...aRouting() }) }),
    {
      judge: () => (provider.calls.length < 2 ? [{ path: '', keyword: 'json', wanted: 'must be JSON' }] : []),
      repair: true,
    },
  );
  const covered: CompleteRequest[] = [];
  const cover = async (request: unknown) => void covered.push(request as CompleteRequest);
  const { error } = await follow((show) => route.answer(aCall({ streamed: false, cover }), show));
  expect(error).toBeUndefined();
  expect(covered).toEqual([provider.calls[1]?.request]);
  expect(covered[0]?.messages.map(({ parts }) => parts[0]?.part?.value)).toEqual([
    'hello',
    '{"a":',
    expect.stringContaining('must be JSON'),
  ]);
});
