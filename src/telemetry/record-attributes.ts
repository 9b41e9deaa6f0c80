import type { Attributes, Span } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/**
 * Puts attributes on a recording span of the SDK, past the span's own setter: that one allocates a WeakSet for
 * every value to find circles in it, which costs more than everything else about a span. Hence for flat values of
 * our own making only, bounded in number and length. Those that are undefined are left out.
 */
export function recordAttributes(span: Span, attributes: Attributes): void {
  if (!isReadable(span)) return;
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) span.attributes[name] = value;
  }
}

function isReadable(span: Span): span is Span & ReadableSpan {
  return 'attributes' in span;
}
