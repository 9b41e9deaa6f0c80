import { describe, expect, it } from 'vitest';
import { capabilitiesOf, enforcesSchemas } from '../../../../src/providers/bedrock/capabilities.ts';
import { claudeVersion, foundationModel } from '../../../../src/providers/bedrock/model-name.ts';

describe('the name of a model', () => {
  it.each([
    ['anthropic.claude-3-5-sonnet-20240620-v1:0', 'anthropic.claude-3-5-sonnet-20240620-v1:0'],
    ['us.anthropic.claude-3-5-sonnet-20240620-v1:0', 'anthropic.claude-3-5-sonnet-20240620-v1:0'],
    ['us-gov.anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-3-haiku-20240307-v1:0'],
    ['apac.amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
    ['arn:aws:bedrock:eu-west-1:0:inference-profile/eu.amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
    ['openai.gpt-5.6-luna', 'openai.gpt-5.6-luna'],
    ['zai.glm-4.6', 'zai.glm-4.6'],
    ['ai21.jamba-1-5-large-v1:0', 'ai21.jamba-1-5-large-v1:0'],
  ])('%s is that of the foundation model %s', (name, model) => {
    expect(foundationModel(name)).toBe(model);
  });

  it.each([
    ['us.anthropic.claude-opus-4-5-20251101-v1:0', 405],
    ['anthropic.claude-sonnet-4-20250514-v1:0', 400],
    ['anthropic.claude-3-7-sonnet-20250219-v1:0', 307],
    ['global.anthropic.claude-opus-4-6-v1', 406],
    ['us.anthropic.claude-sonnet-5', 500],
    ['anthropic.claude-v2:1', 201],
    ['anthropic.claude-instant-v1', 100],
    ['anthropic.something-new', Number.NaN],
    ['amazon.nova-2-lite-v1:0', Number.NaN],
  ])('%s tells the version %d of Claude', (name, version) => {
    expect(claudeVersion(name)).toBe(version);
  });
});

describe('capabilities', () => {
  it.each([
    [
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { reasoning: true, topK: true, prefill: true, imageInput: true },
    ],
    ['us.anthropic.claude-opus-4-7', { maxTemperature: 0, topP: false, topK: false, prefill: false }],
    ['anthropic.claude-3-haiku-20240307-v1:0', { reasoning: false, tools: true, documentInput: true }],
    ['anthropic.claude-v2:1', { tools: false, imageInput: false }],
    ['us.amazon.nova-2-lite-v1:0', { reasoning: true, tools: true, topK: true }],
    ['amazon.nova-micro-v1:0', { imageInput: false, documentInput: false, tools: true, reasoning: false }],
    ['amazon.titan-text-express-v1', { tools: false, jsonSchema: false, completion: true }],
    ['meta.llama3-8b-instruct-v1:0', { tools: false, imageInput: false }],
    ['us.meta.llama3-3-70b-instruct-v1:0', { tools: true, imageInput: false }],
    ['us.meta.llama3-2-90b-instruct-v1:0', { tools: true, imageInput: true }],
    ['us.deepseek.r1-v1:0', { tools: false, reasoning: false }],
    ['openai.gpt-oss-120b-1:0', { reasoning: true, imageInput: false, tools: true }],
    ['amazon.titan-embed-text-v2:0', { completion: false, embedding: true, tools: false }],
    ['cohere.embed-english-v3', { completion: false, embedding: true }],
    ['amazon.nova-canvas-v1:0', { completion: false, embedding: false }],
    ['twelvelabs.marengo-embed-2-7-v1:0', { completion: false, embedding: false }],
    [
      'arn:aws:bedrock:us-east-1:0:application-inference-profile/abc',
      { completion: true, tools: true, imageInput: true },
    ],
  ])('%s: %j', (model, expected) => {
    expect(capabilitiesOf(model)).toMatchObject(expected);
  });

  it.each([
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', true],
    ['global.anthropic.claude-opus-4-6-v1', false],
    ['anthropic.something-new', false],
    ['amazon.nova-micro-v1:0', true],
    ['us.amazon.nova-pro-v1:0', true],
    ['us.amazon.nova-2-lite-v1:0', true],
    ['us.meta.llama3-3-70b-instruct-v1:0', false],
    ['mistral.mistral-large-2402-v1:0', false],
    ['arn:aws:bedrock:us-east-1:0:application-inference-profile/abc', false],
  ])('%s: whether it goes on with a begun answer is %s', (model, prefill) => {
    expect(capabilitiesOf(model).prefill).toBe(prefill);
  });

  it.each([
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', true],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', false],
    ['minimax.minimax-m2', true],
    ['us.amazon.nova-pro-v1:0', false],
    ['us.deepseek.r1-v1:0', false],
  ])('of %s: whether Bedrock enforces its schemas is %s', (model, enforced) => {
    expect(enforcesSchemas(model)).toBe(enforced);
  });
});
