import { describe, expect, it } from 'vitest';
import { createFold } from '../../../../src/completion/fold.ts';
import type { ProviderCall } from '../../../../src/completion/ports/provider.ts';
import { unfold } from '../../../../src/completion/unfold.ts';
import { demoModels } from '../../../../src/providers/demo/behaviour.ts';
import { createDemoProvider } from '../../../../src/providers/demo/provider.ts';
import { aRequest, drain } from '../../../support/builders.ts';
import { providerConfig } from '../../../wire/provider-config.ts';

const provider = createDemoProvider({ config: providerConfig('demo', 'http://unused') });

function ask(
  model: string,
  said: Parameters<typeof aRequest>[0] = {},
  options?: Record<string, unknown>,
): ProviderCall {
  return {
    model,
    request: aRequest({ prompt: 'hello you', ...said }),
    options: { intervalMs: 0, ...options },
    defaultMaxOutputTokens: 4_096,
    signal: AbortSignal.timeout(5_000),
    report: () => {},
  };
}

const partsOf = async (call: ProviderCall) =>
  (await provider.complete(call)).message.parts.map(({ part }) => part);
const textPart = (value: string) => ({ part: { $case: 'text' as const, value } });
const tool = (name: string, parameters = '') => ({ name, parameters });

describe('the demo provider', () => {
  it('says the same to the same request', async () => {
    expect(await provider.complete(ask('demo'))).toEqual(await provider.complete(ask('demo')));
  });

  it.each(['demo', 'reason', 'refuse', 'tools-2', 'reason+tools-1'])(
    'streams what it answers whole: %s',
    async (model) => {
      const call = ask(model, { tools: [tool('f'), tool('g')] });
      const fold = createFold();
      fold.add((await drain(provider.stream(call))).events);
      const whole = createFold();
      whole.add(unfold(await provider.complete(call)));
      expect(fold.answer()).toEqual(whole.answer());
    },
  );

  it('knows the models that it lists', async () => {
    for (const model of demoModels.filter((name) => !/silent|stall|fail|break|slow|embedding/.test(name))) {
      expect((await provider.complete(ask(model))).message.parts.length).toBeGreaterThan(0);
    }
  });

  it.each([
    ['tools-2', {}, ['f', 'g']],
    ['demo', { toolChoice: { choice: { $case: 'name' as const, value: 'g' } } }, ['g']],
    [
      'demo',
      { toolChoice: { choice: { $case: 'mode' as const, value: 'TOOL_MODE_REQUIRED' as const } } },
      ['f'],
    ],
    ['tools-2', { toolChoice: { disableParallel: true } }, ['f']],
    ['tools-2', { toolChoice: { choice: { $case: 'mode' as const, value: 'TOOL_MODE_NONE' as const } } }, []],
  ])('calls tools as told: %s %j', async (model, said, names) => {
    const parts = await partsOf(ask(model, { tools: [tool('f'), tool('g')], ...said }));
    const called = parts.flatMap((part) => (part?.$case === 'toolCall' ? [part.value.name] : []));
    expect(called).toEqual(names);
  });

  it('gives tools arguments, and schemas answers, that follow their schema', async () => {
    const schema =
      '{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"array","items":{"type":"integer"}}}}';
    const [call] = await partsOf(ask('tools-1', { tools: [tool('f', schema)] }));
    expect(call).toMatchObject({ value: { arguments: '{"city":"demo","days":[1]}' } });
    const responseFormat = { format: { $case: 'jsonSchema' as const, value: { schema } } };
    expect(await partsOf(ask('demo', { responseFormat }))).toEqual([
      { $case: 'text', value: '{"city":"demo","days":[1]}' },
    ]);
  });

  it.each([
    [{ maxOutputTokens: 2 }, 'FINISH_REASON_LENGTH', 'This is'],
    [{ sampling: { stop: ['demo'] } }, 'FINISH_REASON_STOP_SEQUENCE', "This is Sluice's "],
  ])('ends where the request wants it to: %j', async (said, finishReason, text) => {
    const answer = await provider.complete(ask('demo', said));
    expect(answer).toMatchObject({ finishReason, message: { parts: [{ part: { value: text } }] } });
  });

  it.each([429, 500, 418])(
    'fails with status %i, and with what it is to say about trying again',
    async (status) => {
      const call = ask(`fail-${status}`, {}, { retryAfterMs: 2_000 });
      await expect(provider.complete(call)).rejects.toMatchObject({
        details: { httpStatus: status, retryAfterMs: 2_000 },
      });
    },
  );

  it('breaks, whole or streamed', async () => {
    const { events, error } = await drain(provider.stream(ask('break-2')));
    expect(events.map(({ $case }) => $case)).toEqual(['textDelta', 'textDelta']);
    expect(error).toMatchObject({ reason: 'ERROR_REASON_PROVIDER_UNAVAILABLE' });
    await expect(provider.complete(ask('break-2'))).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_UNAVAILABLE',
    });
  });

  it.each(['silent', 'stall-1', 'slow-30s'])('waits until it is left: %s', async (model) => {
    const abort = new AbortController();
    const call = { ...ask(model), signal: abort.signal };
    setTimeout(() => abort.abort(new Error('left')), 20);
    await expect(provider.complete(call)).rejects.toThrow();
    expect((await drain(provider.stream(call))).error).toBeDefined();
  });

  it.each(['nothing', 'demo-embedding', 'demo-3', 'fail-3s', '', 'demo+nothing'])(
    'knows no model "%s"',
    async (model) => {
      await expect(provider.complete(ask(model))).rejects.toMatchObject({
        reason: 'ERROR_REASON_MODEL_NOT_FOUND',
      });
    },
  );

  it.each([[{ speed: 1 }], [{ breakAfter: '3' }], [{ text: 3 }], [{ intervalMs: -1 }]])(
    'refuses options that it does not know: %j',
    async (options) => {
      await expect(provider.complete(ask('demo', {}, options))).rejects.toMatchObject({
        reason: 'ERROR_REASON_INVALID_REQUEST',
      });
    },
  );

  it('counts what it reads and says', async () => {
    const { usage } = await provider.complete(ask('reason'));
    expect(usage).toMatchObject({ inputTokens: 4, estimated: false });
    expect(usage.outputTokens).toBeGreaterThanOrEqual(usage.reasoningTokens);
  });

  it('counts the tokens of a request as the answer to it does, and fails at that as told', async () => {
    const said = { messages: [{ role: 'ROLE_SYSTEM' as const, parts: [textPart('Be short.')] }] };
    const { usage } = await provider.complete(ask('demo', said));
    expect(await provider.countTokens?.(ask('demo', said))).toBe(usage.inputTokens);
    await expect(provider.countTokens?.(ask('fail-429'))).rejects.toMatchObject({
      reason: 'ERROR_REASON_PROVIDER_RATE_LIMITED',
    });
  });
});
