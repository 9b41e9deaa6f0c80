/**
 * Says in our words what is wrong, where Bedrock tells it apart: an unknown key, a wrong secret, a token that has
 * expired, a permission that is missing, another region. Undefined where the reason says enough.
 */
export function explanationOf(kind: string | undefined, message: string, region: string): string | undefined {
  if (/credential should be scoped to a valid region/i.test(message)) {
    return `the request was signed for region ${region}, which is not the region of this address.`;
  }
  if (/on-demand throughput/i.test(message)) {
    return 'it serves the model by way of an inference profile only; put its prefix before the name, such as "us." or "global.".';
  }
  return EXPLANATIONS.get(kind ?? '');
}

const EXPIRED = 'the session token has expired; get new credentials.';
const UNKNOWN_KEY = 'it knows no such access key, or the session token does not belong to it.';
const WRONG_SECRET =
  "the signature is wrong: the secret does not fit the access key, or this machine's clock is off.";

const EXPLANATIONS = new Map([
  ['ExpiredTokenException', EXPIRED],
  ['ExpiredToken', EXPIRED],
  ['UnrecognizedClientException', UNKNOWN_KEY],
  ['InvalidClientTokenId', UNKNOWN_KEY],
  ['InvalidSignatureException', WRONG_SECRET],
  ['SignatureDoesNotMatch', WRONG_SECRET],
  [
    'AccessDeniedException',
    'the key is known, but lacks the permission for this, or the account lacks access to the model.',
  ],
  ['UnknownOperationException', 'it serves something else than Bedrock; see baseUrl.'],
]);
