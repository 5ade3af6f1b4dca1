import { Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { join, sep } from 'node:path';
import { repairObjects, writeAtomicallyWithin } from './object-files.ts';

interface S3Emulator {
  /** Serves S3 and SQS. */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts S3 and SQS on 127.0.0.1, by fauxqs: the archive, the failures and what ingest spilled. An object is the file `<dataDir>/s3/buckets/<bucket>/objects/<key>.data`, so that
 * other programs can read the archive where it lies; queues are in SQLite under `<dataDir>/sqs`.
 *
 * Changes the whole process: its servers listen on 127.0.0.1 only and refuse keys that climb out, its writes to that folder are atomic.
 */
export async function startS3Emulator(options: {
  port: number;
  dataDir: string;
  /** Called with the name of a bucket after each write into it. */
  onStored: (bucket: string) => void;
}): Promise<S3Emulator> {
  const s3StorageDir = join(options.dataDir, 's3');
  repairObjects(s3StorageDir);
  listenOnLoopbackOnly();
  refuseClimbingKeys();
  failInXml(options.dataDir);
  writeAtomicallyWithin(s3StorageDir, (path) => options.onStored(path.split(sep)[1] ?? ''));
  // Imported late, so that it sees what was changed above.
  const { startFauxqs } = await import('fauxqs');
  const server = await startFauxqs({
    port: options.port,
    logger: false,
    dataDir: join(options.dataDir, 'sqs'),
    s3StorageDir,
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop() };
}

const LOOPBACK = '127.0.0.1';

/**
 * From now on every server of this process listens on 127.0.0.1, whatever it asks for: fauxqs insists on
 * all interfaces and has no setting for it. Understands `listen(port, …)` and `listen({ port, … })`.
 */
function listenOnLoopbackOnly(): void {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, ...[target, ...rest]: unknown[]): Server {
    const callback = rest.filter((argument) => typeof argument === 'function');
    if (typeof target === 'object' && target !== null && 'port' in target) {
      return listen.call(this, { ...target, host: LOOPBACK }, ...callback);
    }
    return listen.call(this, target, LOOPBACK, ...callback);
  } as typeof listen;
}

const REFUSAL = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>InvalidURI</Code><Message>The key has a segment "..", which would leave the bucket.</Message></Error>`;

/**
 * From now on every server of this process refuses a path with a segment `..`, encoded or not: fauxqs makes file names of keys, and would write
 * and read anywhere on the disk.
 */
function refuseClimbingKeys(): void {
  const emit = HttpServer.prototype.emit as (this: HttpServer, ...given: unknown[]) => boolean;
  HttpServer.prototype.emit = function (this: HttpServer, ...given: unknown[]): boolean {
    const [event, request, response] = given as [string, IncomingMessage, ServerResponse];
    const isRequest = event === 'request' || event === 'checkContinue';
    if (!isRequest || !climbs(request.url ?? '')) return emit.call(this, ...given);
    response.writeHead(400, { 'content-type': 'application/xml' }).end(REFUSAL);
    return true;
  } as typeof HttpServer.prototype.emit;
}

/**
 * From now on a fault of fauxqs is an S3 error with its cause, such as a full disk: fauxqs answers in JSON, of which the SDK tells only that it
 * is no XML.
 */
function failInXml(dataDir: string): void {
  const { writeHead, end } = ServerResponse.prototype;
  const held = new WeakMap<ServerResponse, unknown[]>();
  ServerResponse.prototype.writeHead = function (this: ServerResponse, ...given: unknown[]) {
    if (given[0] !== 500) return writeHead.apply(this, given as Parameters<typeof writeHead>);
    held.set(this, given);
    return this;
  } as typeof writeHead;
  ServerResponse.prototype.end = function (this: ServerResponse, ...given: unknown[]) {
    const head = held.get(this);
    held.delete(this);
    const message = head && messageOfFault(given[0]);
    if (message !== undefined) {
      const text = `The S3 emulator cannot use ${dataDir}: ${message}. Free some space if the disk is full, or mend the folder.`;
      const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      writeHead.call(this, 500, { 'content-type': 'application/xml' });
      return end.call(
        this,
        `<Error><Code>InternalError</Code><Message>${escaped}</Message></Error>`,
        'utf8',
      );
    }
    if (head) writeHead.apply(this, head as Parameters<typeof writeHead>);
    return end.apply(this, given as unknown as Parameters<typeof end>);
  } as typeof end;
}

/** The message of an error in the form of Fastify, which fauxqs is built on; `undefined` for any other body. */
function messageOfFault(body: unknown): string | undefined {
  if (typeof body !== 'string' || !body.startsWith('{"statusCode":500,')) return undefined;
  return String((JSON.parse(body) as { message?: unknown }).message);
}

/** Returns true for a path with a segment that is `..` once decoded. Pure. */
function climbs(url: string): boolean {
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
