import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/** Where one Google API is asked. */
export interface Address {
  /** Whether it is Vertex AI's, which says a few things in another way. */
  vertex: boolean;
  /** What the SDK makes the address of a call from. */
  sdk: { baseUrl: string; apiVersion: string };
  /** The name of a model as addresses have it. Throws a GatewayError for one that would lead elsewhere. */
  modelPath(model: string): string;
  /** Address of a method of Vertex's that the SDK has no call for. */
  vertexUrl(model: string, method: string): string;
  /** Address of a page of the list of models. */
  modelsUrl(pageToken: string | undefined): string;
}

/**
 * Takes a base URL apart: the SDK puts the version into addresses itself, but a base URL may well end with one. Vertex's
 * ends in `/publishers/google`, with or without a project and its location; for keys of the express mode its host will do.
 */
export function addressOf(baseUrl: string): Address {
  const [, base = baseUrl, version, folder = ''] = PARTS.exec(baseUrl) ?? [];
  const vertex = folder !== '' || /(^|-)aiplatform\.(.+\.)?googleapis\.com$/.test(new URL(baseUrl).hostname);
  const apiVersion = version ?? (vertex ? 'v1' : 'v1beta');
  const parent = vertex ? `${folder || 'publishers/google'}/` : '';

  const modelPath = (model: string) => {
    // The SDK puts the name into the address as it is, and callers may name any model.
    const name = model.split('/').map(escapeSegment).join('/');
    if (!vertex || name.startsWith('projects/')) return name;
    return parent + (name.includes('/') ? name : `models/${name}`);
  };

  return {
    vertex,
    sdk: { baseUrl: base, apiVersion },
    modelPath,
    vertexUrl: (model, method) => `${base}/${apiVersion}/${modelPath(model)}:${method}`,
    modelsUrl(pageToken) {
      // Vertex lists what its publisher has, whatever the project, and only in this version.
      const list = vertex
        ? 'v1beta1/publishers/google/models?pageSize=100'
        : `${apiVersion}/models?pageSize=1000`;
      return `${base}/${list}${pageToken ? `&pageToken=${encodeURIComponent(pageToken)}` : ''}`;
    },
  };
}

/** Of a name with several parts, one such as `..` would make it the name of something else. */
function escapeSegment(segment: string): string {
  if (segment !== '' && segment !== '.' && segment !== '..') return encodeURIComponent(segment);
  throw new GatewayError(
    ErrorReason.MODEL_NOT_FOUND,
    'model: Google has none whose name cannot be part of an address.',
  );
}

const PARTS = /^(.+?)\/(v\d\w*)(?:\/((?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+))?$/;
