import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BodyEncoding,
  eventBody,
  type HttpEvent,
  httpEvent,
} from '../../local/gateway/http-event.ts';
import { requestParts } from '../../local/gateway/request-parts.ts';

const CORPUS = join(import.meta.dirname, '../corpus');

/** One request of `test/corpus/`, and the answer that it must get. */
export interface HttpExample {
  name: string;
  /** Besides `content-type: application/json`, which `null` takes away. */
  headers?: Record<string, string | null>;
  /** The body: as text, */
  body?: string;
  /** or as bytes that are no text, */
  base64?: string;
  /** or as texts, some of them repeated so many times. */
  parts?: (string | [text: string, times: number])[];
  status: number;
  /** What the answer has to name, each in its `detail` or as `field: detail` of one of its `errors`. */
  says?: string[];
}

/** The examples of a folder of the corpus, by file without its ending: one JSON object a line. */
export async function readExamples(folder: string): Promise<[string, HttpExample[]][]> {
  const files = (await readdir(join(CORPUS, folder))).sort();
  return Promise.all(
    files.map(async (file): Promise<[string, HttpExample[]]> => {
      const lines = (await readFile(join(CORPUS, folder, file), 'utf8')).trimEnd().split('\n');
      return [file.replace('.ndjson', ''), lines.map((line) => JSON.parse(line) as HttpExample)];
    }),
  );
}

export function bytesOf({ body = '', base64, parts }: HttpExample): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  if (!parts) return Buffer.from(body);
  const texts = parts.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1])));
  return Buffer.from(texts.join(''));
}

export function headersOf({ headers = {} }: HttpExample): [string, string][] {
  const all = { 'content-type': 'application/json', ...headers };
  return Object.entries(all).filter((header): header is [string, string] => header[1] !== null);
}

/** The request as the gateway hands it to the function. */
export function eventOf(example: HttpExample, encoding: BodyEncoding = 'auto'): HttpEvent {
  const bytes = bytesOf(example);
  const parts = requestParts({
    method: 'POST',
    url: '/events',
    rawHeaders: headersOf(example).flat(),
    httpVersion: '1.1',
    socket: { remoteAddress: '127.0.0.1', localPort: 4000 } as never,
  });
  const body = eventBody(bytes, parts.headers['content-type'], encoding);
  return httpEvent(parts, body, bytes.length, {
    requestId: 'request',
    timeMs: 0,
    traceHeader: parts.headers['x-amzn-trace-id'] ?? 'Root=1-5759e988-bd862e3fe1be46a994272793',
    routeKey: 'POST /events',
    pathParameters: {},
  });
}

/** Everything that a problem says, a line for each thing. */
export function textsOf(body: string): string {
  const { detail = '', errors = [] } = JSON.parse(body) as {
    detail?: string;
    errors?: { field: string; detail: string }[];
  };
  return [detail, ...errors.map((error) => `${error.field}: ${error.detail}`)].join('\n');
}
