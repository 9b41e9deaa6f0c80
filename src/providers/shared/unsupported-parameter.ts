import { GatewayError } from '../../completion/error.ts';
import { ErrorReason } from '../../gen/sluice/v1/error.ts';

/** Refuses a part of a request that carries meaning and that the provider cannot take; another target may. */
export function unsupportedParameter(field: string, description: string): GatewayError {
  return new GatewayError(ErrorReason.UNSUPPORTED_PARAMETER, `${field}: ${description} by this provider.`, {
    violations: [{ field, description }],
    metadata: { field },
  });
}
