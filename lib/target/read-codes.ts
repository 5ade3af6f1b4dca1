import { isJsonObject } from '../event/source-event.ts';

type Json = Record<string, unknown>;

/** Names that hold a code or an HTTP status, in the order in which the first one becomes the error's code. */
const CODE_NAMES = [
  'code',
  'errorType', // AWS AppSync, Netflix DGS
  'errorCode',
  'error_code',
  'errorDetail', // Netflix DGS
  'type', // GitHub, Linear
  'classification', // graphql-java, Spring
  'category', // webonyx/graphql-php, Magento
  'error', // OAuth, gateways
  'status',
  'statusCode',
  'status_code',
  'http_code',
  '__typename', // errors as data in a union
];

/** Objects within `extensions` that hold the error as it was thrown, or the response it came from. */
const NESTED_NAMES = [
  'http', // Apollo Server and Router, Yoga
  'classification', // graphql-java-extended-validation
  'exception', // Apollo Server 2 and 3, graphene
  'originalError', // NestJS
  'response', // NestJS, GraphQL Mesh
  'body', // Apollo's REST data source
  'contentful',
  'error', // Strapi
  'errors', // Contentstack
  'problem',
];

/** A longer text is a message. Gateways send short ones as codes, such as `Too many requests`. */
const MAX_CODE = 100;
const MAX_WORDS = 5;
const MAX_NESTING = 3;
const MAX_LIST = 5;

/** Every code and HTTP status of an error, wherever real servers put them; `extensions` first. Pure. */
export function readCodes(error: Json): string[] {
  const extensions = isJsonObject(error.extensions) ? error.extensions : {};
  const codes = [
    ...codesWithin(extensions, 1),
    ...codesOf(error),
    // Laravel Lighthouse sends the input's faults in place of a code.
    ...(isJsonObject(extensions.validation) ? ['VALIDATION'] : []),
  ];
  return [...new Set(codes)];
}

function codesWithin(source: Json, level: number): string[] {
  const codes = codesOf(source);
  if (level === MAX_NESTING) return codes;
  for (const name of NESTED_NAMES) {
    const value = source[name];
    const nested = Array.isArray(value) ? value.slice(0, MAX_LIST) : [value];
    for (const each of nested) if (isJsonObject(each)) codes.push(...codesWithin(each, level + 1));
  }
  return codes;
}

function codesOf(source: Json): string[] {
  return CODE_NAMES.flatMap((name) => {
    const value = source[name];
    if (typeof value === 'number') return [String(value)];
    if (typeof value !== 'string' || !isCode(value)) return [];
    return [isDocumentClass(name, value) ? 'GRAPHQL_VALIDATION_FAILED' : value];
  });
}

function isCode(text: string): boolean {
  return text !== '' && text.length <= MAX_CODE && text.split(' ').length <= MAX_WORDS;
}

/** graphql-java's `ValidationError` is about the document, while the code `VALIDATION_ERROR` is about the input. */
function isDocumentClass(name: string, value: string): boolean {
  return value === 'ValidationError' && (name === 'classification' || name === 'errorType');
}
