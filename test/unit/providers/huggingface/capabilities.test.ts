import { describe, expect, it } from 'vitest';
import { capabilitiesOf } from '../../../../src/providers/huggingface/capabilities.ts';
import { serverAt } from '../../../../src/providers/huggingface/server.ts';

const router = serverAt(undefined);
const endpoint = serverAt('http://127.0.0.1:8080');

describe('what a model on the Hub takes', () => {
  it.each([
    'sentence-transformers/all-MiniLM-L6-v2',
    'BAAI/bge-m3',
    'intfloat/multilingual-e5-large-instruct',
    'thenlper/gte-large',
    'Qwen/Qwen3-Embedding-0.6B',
    'mixedbread-ai/mxbai-embed-large-v1',
    'nomic-ai/nomic-embed-text-v1.5',
    'WhereIsAI/UAE-Large-V1',
  ])('is texts to turn into vectors, for %s', (model) => {
    expect(capabilitiesOf(model, { server: router, api: 'chat' })).toMatchObject({
      completion: false,
      embedding: true,
      tools: false,
    });
  });

  it.each(['meta-llama/Llama-3.3-70B-Instruct:together', 'google/gemma-3-27b-it', 'openai/gpt-oss-120b'])(
    'is conversations, for %s',
    (model) => {
      expect(capabilitiesOf(model, { server: router, api: 'chat' })).toMatchObject({
        completion: true,
        embedding: false,
        tools: true,
        imageInput: true,
        documentInput: false,
      });
    },
  );

  it('may be either on a server of one’s own, whose model may have any name', () => {
    expect(capabilitiesOf('tei', { server: endpoint, api: 'chat' })).toMatchObject({
      completion: true,
      embedding: true,
    });
  });

  it('is only a text where texts are continued, with a grammar where that is TGI’s own way', () => {
    const text = { completion: true, tools: false, imageInput: false, reasoning: false, prefill: true };
    const own = capabilitiesOf('gpt2', { server: endpoint, api: 'completions' });
    expect(own).toMatchObject({ ...text, topK: true, jsonSchema: true, presencePenalty: false });
    const routed = capabilitiesOf('gpt2', { server: router, api: 'completions' });
    expect(routed).toMatchObject({ ...text, topK: false, jsonSchema: false, presencePenalty: true });
  });
});
