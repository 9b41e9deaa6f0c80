import { describe, expect, it } from 'vitest';
import { ReasoningEffort } from '../../../../src/gen/sluice/v1/completion_service.ts';
import { Role } from '../../../../src/gen/sluice/v1/message.ts';
import { ToolMode } from '../../../../src/gen/sluice/v1/tool.ts';
import { message, reasoning, text, toolCall, toolResult, written } from './a-call.ts';

const { NONE, MINIMAL, LOW, MEDIUM, HIGH, UNSPECIFIED } = ReasoningEffort;
const BUDGETED = 'claude-sonnet-4-5';
const ADAPTIVE = 'claude-opus-4-8';
const summarized = { type: 'adaptive', display: 'summarized' };
const omitted = { type: 'adaptive', display: 'omitted' };

describe('asking a model to think', () => {
  it.each([
    [MINIMAL, undefined, 1024, 4096 + 1024],
    [LOW, undefined, 2048, 4096 + 2048],
    [MEDIUM, undefined, 8192, 4096 + 8192],
    [HIGH, undefined, 16_384, 4096 + 16_384],
    [HIGH, 64_000, 16_384, 64_000],
    [HIGH, 8000, 4000, 8000],
    [HIGH, 1500, 1024, 1500],
  ])(
    'turns effort %s within %s tokens into a budget of %s and a limit of %s',
    (effort, limit, budget, max) => {
      const asked = { prompt: 'hi', reasoning: { effort }, ...(limit && { maxOutputTokens: limit }) };
      const { body, warned } = written(asked, { model: BUDGETED });
      expect([body.thinking, body.max_tokens, warned]).toEqual([
        { type: 'enabled', budget_tokens: budget },
        max,
        [],
      ]);
    },
  );

  it.each([
    [5000, undefined, 5000, 9096, []],
    [5000, 6000, 5000, 6000, []],
    [5000, 5000, 4999, 5000, [['PARAMETER_CLAMPED', 'reasoning.budget_tokens']]],
    [10, 6000, 1024, 6000, [['PARAMETER_CLAMPED', 'reasoning.budget_tokens']]],
  ])('fits a budget of %s into %s tokens as %s', (budgetTokens, limit, budget, max, warnings) => {
    const asked = { prompt: 'hi', reasoning: { budgetTokens }, ...(limit && { maxOutputTokens: limit }) };
    const { body, warned } = written(asked, { model: BUDGETED });
    expect([body.thinking, body.max_tokens, warned]).toEqual([
      { type: 'enabled', budget_tokens: budget },
      max,
      warnings,
    ]);
  });

  it('does without, and says so, where the limit leaves no room for it', () => {
    const asked = { prompt: 'hi', reasoning: { effort: LOW }, maxOutputTokens: 1024 };
    const { body, warned } = written(asked, { model: BUDGETED });
    expect([body.thinking, body.max_tokens, warned]).toEqual([
      undefined,
      1024,
      [['PARAMETER_DROPPED', 'reasoning']],
    ]);
  });

  it.each([
    [ADAPTIVE, { effort: MINIMAL }, omitted, 'low', []],
    [ADAPTIVE, { effort: MEDIUM, include: true }, summarized, 'medium', []],
    [ADAPTIVE, { effort: HIGH, include: true }, summarized, 'high', []],
    [
      ADAPTIVE,
      { budgetTokens: 5000 },
      omitted,
      undefined,
      [['PARAMETER_DROPPED', 'reasoning.budget_tokens']],
    ],
    ['claude-sonnet-4-6', { budgetTokens: 5000 }, { type: 'enabled', budget_tokens: 5000 }, undefined, []],
    ['claude-sonnet-4-6', { effort: LOW }, omitted, 'low', []],
    ['claude-opus-5', { effort: UNSPECIFIED, include: true }, summarized, undefined, []],
    [ADAPTIVE, { effort: UNSPECIFIED, include: true }, undefined, undefined, []],
  ])('asks %s for %j by effort where it takes one', (model, reasoning, thinking, effort, warnings) => {
    const { body, warned } = written({ prompt: 'hi', reasoning }, { model });
    expect([body.thinking, body.output_config?.effort, warned]).toEqual([thinking, effort, warnings]);
  });

  it.each([
    [BUDGETED, { effort: NONE }, undefined, undefined, []],
    [ADAPTIVE, { budgetTokens: 0 }, undefined, undefined, []],
    ['claude-opus-5', { effort: NONE }, { type: 'disabled' }, undefined, []],
    ['claude-sonnet-5-5', { effort: NONE }, { type: 'between_tools' }, undefined, []],
    ['claude-opus-5-5', { effort: NONE }, undefined, 'low', [['PARAMETER_CLAMPED', 'reasoning.effort']]],
  ])('asks %s not to think in its own way', (model, reasoning, thinking, effort, warnings) => {
    const { body, warned } = written({ prompt: 'hi', reasoning }, { model });
    expect([body.thinking, body.output_config?.effort, warned]).toEqual([thinking, effort, warnings]);
  });

  it.each([
    [BUDGETED, undefined],
    ['claude-opus-5', { type: 'disabled' }],
  ])('gives up thinking, with a warning, for a tool call that %s must make', (model, thinking) => {
    const toolChoice = { choice: { $case: 'mode' as const, value: ToolMode.REQUIRED } };
    const asked = { prompt: 'hi', tools: [{ name: 'f' }], toolChoice, reasoning: { effort: HIGH } };
    const { body, warned } = written(asked, { model });
    expect([body.thinking, body.tool_choice, body.max_tokens, warned]).toEqual([
      thinking,
      { type: 'any' },
      4096,
      [['PARAMETER_DROPPED', 'reasoning']],
    ]);
  });

  const calls = message(Role.ASSISTANT, toolCall('call_1', 'add', '{}'));
  const results = message(Role.TOOL, toolResult('call_1', '3'));
  const thought = message(Role.ASSISTANT, reasoning('Hm.', 'EoQFCm4='), toolCall('toolu_1', 'add', '{}'));
  const thoughtElsewhere = message(Role.ASSISTANT, reasoning('Hm.', '{"type":"reasoning"}'), ...calls.parts);
  const question = message(Role.USER, text('hi'));

  it.each([
    ['calls without a thought', [question, calls, results], false],
    ["calls with another vendor's thought", [question, thoughtElsewhere, results], false],
    ['calls with a thought', [question, thought, results], true],
    ['calls, of which the first have a thought', [question, thought, results, calls, results], true],
    ['a question that is newer than calls without a thought', [question, calls, results, question], true],
  ])('can think by a budget after %s or cannot, and says so', (_, messages, thinks) => {
    const { body, warned } = written({ messages, reasoning: { effort: LOW } }, { model: BUDGETED });
    expect([body.thinking?.type, body.max_tokens, warned]).toEqual(
      thinks ? ['enabled', 6144, []] : [undefined, 4096, [['PARAMETER_DROPPED', 'reasoning']]],
    );
  });

  it('can think by an effort after calls without a thought', () => {
    const asked = { messages: [question, calls, results], reasoning: { effort: LOW } };
    expect(written(asked, { model: ADAPTIVE }).warned).toEqual([]);
  });

  it('drops sampling that is not taken while the model thinks', () => {
    const sampling = { temperature: 0.3, topP: 0.9, topK: 5 };
    const { body, warned } = written({ prompt: 'hi', sampling, reasoning: { effort: LOW } });
    expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages', 'thinking', 'stream']);
    expect(warned).toEqual([
      ['PARAMETER_DROPPED', 'sampling.temperature'],
      ['PARAMETER_DROPPED', 'sampling.top_k'],
      ['PARAMETER_DROPPED', 'sampling.top_p'],
    ]);
  });

  it('keeps sampling that is taken while the model thinks', () => {
    const { body } = written({ prompt: 'hi', sampling: { topP: 0.97 }, reasoning: { effort: LOW } });
    expect(body.top_p).toBe(0.97);
  });
});
