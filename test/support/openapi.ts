import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { HttpExample } from './http-examples.ts';

const FILE = join(import.meta.dirname, '../../docs/openapi.yaml');
const DOCUMENT = 'openapi';

/** An example of the document, with what the request was that gets this answer. */
export interface DocumentedExample {
  value: unknown;
  'x-request'?: Omit<HttpExample, 'name' | 'status'>;
  'x-default-route'?: { method: string; path: string };
  'x-journal'?: 'unavailable';
}

interface MediaType {
  schema: object;
  examples?: Record<string, DocumentedExample>;
}

interface Response {
  /** Absent where the body cannot be relied on. */
  content?: Record<string, MediaType>;
}

interface Operation {
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, Response | { $ref: string }>;
}

type OpenApiDocument = Record<string, unknown> & {
  paths: Record<string, Record<string, Operation>>;
  components: {
    responses: Record<string, Response>;
    parameters: Record<string, { example: string }>;
  };
};

/** The document of the HTTP contract, and its schemas ready to use. */
export async function readOpenApi() {
  const document = parse(await readFile(FILE, 'utf8')) as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, DOCUMENT);

  /** What keeps a value from a schema of the document; empty when it is valid. */
  function problemsOf(value: unknown, pointer: string): string[] {
    const validate = ajv.getSchema(`${DOCUMENT}#${pointer}`);
    if (!validate) throw new Error(`the document has no schema at ${pointer}`);
    return validate(value)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`);
  }

  /** The place of a response, behind its reference. */
  function responseAt(path: string, method: string, status: number): [string, Response] {
    const response = document.paths[path]?.[method]?.responses[status];
    if (!response) throw new Error(`${method} ${path} has no ${status} in the document`);
    if (!('$ref' in response))
      return [`/paths/${pointerStep(path)}/${method}/responses/${status}`, response];
    const pointer = response.$ref.replace('#', '');
    const name = pointer.split('/').at(-1) ?? '';
    return [pointer, document.components.responses[name] as Response];
  }

  return {
    document,
    requestProblems: (value: unknown) => problemsOf(value, '/components/schemas/Event'),
    /** What keeps an answer from what the document says of its status and its type. */
    answerProblems(path: string, method: string, answer: Answer): string[] {
      const [pointer, { content = {} }] = responseAt(path, method, answer.statusCode);
      const type = answer.headers['content-type'] ?? '';
      if (!content[type]) return [`${answer.statusCode} is not documented as ${type}`];
      return problemsOf(JSON.parse(answer.body), `${pointer}/content/${pointerStep(type)}/schema`);
    },
    /** Every example of an operation's answers, by status and name. */
    answerExamples(path: string, method: string): [string, number, DocumentedExample][] {
      const statuses = Object.keys(document.paths[path]?.[method]?.responses ?? {}).map(Number);
      return statuses.flatMap((status) =>
        Object.values(responseAt(path, method, status)[1].content ?? {}).flatMap(
          ({ examples = {} }) =>
            Object.entries(examples).map(([name, example]): [string, number, DocumentedExample] => [
              name,
              status,
              example,
            ]),
        ),
      );
    },
  };
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** A step of a JSON pointer in a URI. */
function pointerStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
