/**
 * Options of a client for an emulator; none where `endpoint` is absent, since on AWS the SDK finds the service itself. What a person's shell says
 * about FIPS and dual-stack endpoints is for AWS: the SDK refuses it beside an endpoint.
 */
export function emulatorAt(
  endpoint: string | undefined,
): { endpoint: string; useFipsEndpoint: false; useDualstackEndpoint: false } | object {
  return endpoint ? { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false } : {};
}
