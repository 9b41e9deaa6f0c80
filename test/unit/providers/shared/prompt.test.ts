import { describe, expect, it } from 'vitest';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { beginningOf, conversation } from '../../../../src/providers/shared/prompt.ts';
import { message, reasoning, text, toolCall } from '../../../support/parts.ts';

it('puts the prompt behind the messages and takes system texts out of the turns', () => {
  const said = (role: Role, ...texts: string[]) => ({
    role,
    parts: texts.map((value) => ({ part: { $case: 'text' as const, value } })),
    name: '',
  });
  const request = CompleteRequest.fromPartial({
    messages: [said(Role.USER, 'a'), said(Role.SYSTEM, 's1', 's2'), said(Role.ASSISTANT, 'b')],
    prompt: 'c',
  });
  const { messages, system, turns } = conversation(request);
  expect(messages).toEqual([...request.messages, said(Role.USER, 'c')]);
  expect(system).toEqual(['s1', 's2']);
  expect(turns).toEqual([said(Role.USER, 'a'), said(Role.ASSISTANT, 'b'), said(Role.USER, 'c')]);
});

describe('the beginning that a request gives the answer', () => {
  it.each([
    ['a last text of the assistant', [message(Role.ASSISTANT, text('a'))], 'a'],
    [
      'several, as one, and nothing that is no text',
      [message(Role.ASSISTANT, reasoning('hm'), text('a '), text('b'))],
      'a b',
    ],
    [
      'none of an earlier answer',
      [message(Role.ASSISTANT, text('a')), message(Role.USER, text('b'))],
      undefined,
    ],
    ['none where tools are called', [message(Role.ASSISTANT, text('a'), toolCall('c1', 'f', ''))], undefined],
    ['none where nothing is said', [message(Role.ASSISTANT, text(''))], undefined],
    ['none where there is nothing', [], undefined],
  ])('is %s', (_what, messages, beginning) => {
    expect(beginningOf(messages)).toBe(beginning);
  });
});
