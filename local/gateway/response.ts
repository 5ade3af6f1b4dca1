/** An answer of the gateway, ready to be written. */
export interface GatewayResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  cookies: string[];
  body: Buffer;
  /** Why the gateway answers with an error of its own; for the access log, never for the caller. */
  reason?: string;
}
