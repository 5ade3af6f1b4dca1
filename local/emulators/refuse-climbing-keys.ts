import { type IncomingMessage, Server, type ServerResponse } from 'node:http';

const REFUSAL = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>InvalidURI</Code><Message>The key has a segment "..", which would leave the bucket.</Message></Error>`;

/**
 * From now on every server of this process refuses a path with a segment `..`, encoded or not: fauxqs makes file names of keys, and would write
 * and read anywhere on the disk.
 */
export function refuseClimbingKeys(): void {
  const emit = Server.prototype.emit as (this: Server, ...given: unknown[]) => boolean;
  Server.prototype.emit = function (this: Server, ...given: unknown[]): boolean {
    const [event, request, response] = given as [string, IncomingMessage, ServerResponse];
    const isRequest = event === 'request' || event === 'checkContinue';
    if (!isRequest || !climbs(request.url ?? '')) return emit.call(this, ...given);
    response.writeHead(400, { 'content-type': 'application/xml' }).end(REFUSAL);
    return true;
  } as typeof Server.prototype.emit;
}

/** True of a path with a segment that is `..` once decoded. Pure. */
export function climbs(url: string): boolean {
  const [path = ''] = url.split('?');
  return decoded(path).split(/[/\\]/).includes('..');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
