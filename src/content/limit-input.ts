import { GatewayError } from '../completion/error.ts';
import { ErrorReason } from '../gen/sluice/v1/error.ts';

/**
 * Holds the texts of a request to a size, in bytes of UTF-8.
 *
 * @throws GatewayError INVALID_REQUEST
 */
export function limitInput(
  texts: readonly string[],
  { maxInputBytes }: { maxInputBytes: number | undefined },
): void {
  if (maxInputBytes === undefined) return;
  const inputBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (inputBytes <= maxInputBytes) return;
  throw new GatewayError(
    ErrorReason.INVALID_REQUEST,
    `The text of the request has ${inputBytes} bytes, more than the ${maxInputBytes} that are allowed here. ` +
      'Shorten it, or have whoever runs the gateway raise content.maxInputBytes of the key or the model.',
    { metadata: { inputBytes: String(inputBytes), maxInputBytes: String(maxInputBytes) } },
  );
}
