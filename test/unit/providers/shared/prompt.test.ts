import { expect, it } from 'vitest';
import { CompleteRequest } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { conversation } from '../../../../src/providers/shared/prompt.ts';

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
