import { readStatusCode } from './status.ts';

/** The kinds of meaning that a code can have. `absent` means that the thing asked for does not exist. */
export type CodeKind = keyof TargetCodes | 'absent';

/** Codes that a target uses besides the known ones, normalised by {@link normaliseCode}. */
export interface TargetCodes {
  duplicate: ReadonlySet<string>;
  throttled: ReadonlySet<string>;
  unavailable: ReadonlySet<string>;
  unknown: ReadonlySet<string>;
  unauthorized: ReadonlySet<string>;
  rejected: ReadonlySet<string>;
}

/** Strongest first: of several indications, the first of these decides. */
export const PRECEDENCE = [
  'throttled',
  'unauthorized',
  'duplicate',
  'unknown',
  'unavailable',
  'rejected',
] as const satisfies (keyof TargetCodes)[];

/** The settings' codes, as the target spells them, beside the built-in ones; a code of the settings always wins. Pure. */
export function withCodes(
  more: Partial<Record<keyof TargetCodes, readonly string[]>>,
): TargetCodes {
  const listed = (kind: keyof TargetCodes) => new Set((more[kind] ?? []).map(normaliseCode));
  return {
    duplicate: listed('duplicate'),
    throttled: listed('throttled'),
    unavailable: listed('unavailable'),
    unknown: listed('unknown'),
    unauthorized: listed('unauthorized'),
    rejected: listed('rejected'),
  };
}

export const DEFAULT_CODES: TargetCodes = withCodes({});

/** `rate-limit-exceeded`, `Rate_Limit_Exceeded` and `RateLimitExceededException` are `RATELIMITEXCEEDED`. Pure. */
export function normaliseCode(code: string): string {
  const plain = code.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return plain.replace(/(?<=.)(EXCEPTION|ERROR)$/, '');
}

/** The strongest kind under which the settings list one of these codes. Pure. */
export function listedKind(
  given: readonly string[],
  codes: TargetCodes,
): keyof TargetCodes | undefined {
  const spellings = given.flatMap((code) => [
    normaliseCode(code),
    normaliseCode(lastSegment(code)),
  ]);
  return PRECEDENCE.find((kind) => spellings.some((code) => codes[kind].has(code)));
}

/**
 * The built-in meaning of one code; `undefined` for one that says nothing we know. A code with segments, such as
 * `DynamoDB:ConditionalCheckFailedException`, is read by its last one first. Pure.
 */
export function kindOfCode(code: string): CodeKind | undefined {
  const status = readStatusCode(code);
  if (status !== undefined) return kindOfStatusCode(status);
  const last = lastSegment(code);
  return (
    kindOfWords(normaliseCode(last)) ??
    (last === code ? undefined : kindOfWords(normaliseCode(code)))
  );
}

function lastSegment(code: string): string {
  return code.split(/[:.]/).findLast((part) => part.trim() !== '') ?? code;
}

/** An HTTP status that stands in an error: what one part of the target said to another about this call. */
function kindOfStatusCode(status: number): CodeKind | undefined {
  if (status === 429 || status === 430) return 'throttled';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'absent';
  if (status === 400 || status === 413 || status === 414 || status === 422) return 'rejected';
  if (status === 408 || status === 409 || status >= 500) return 'unknown';
  return 'unavailable';
}

/** Limits of one request that no waiting changes: its cost, depth, aliases or size. */
const STATIC_LIMIT =
  /MAXCOST|COST(LIMIT)?EXCEEDED|COSTTOOHIGH|TOOCOMPLEX|TOODEEP|TOOEXPENSIVE|MAXCOMPLEXITY|COMPLEXITY(LIMIT)?EXCEEDED|DEPTH(LIMIT)?EXCEEDED|(QUERY|MAX)(DEPTH|COMPLEXITY|COST)$|^HC0047$|(DEPTH|ALIAS(ES)?|HEIGHT|NODE|ROOTFIELD(S)?|DIRECTIVE(S)?|TOKEN(S)?)LIMIT|TOOMANY(ALIAS|TOKEN|DIRECTIVE|ROOTFIELD|FIELD|NODE)/;

/**
 * Kinds by the words of normalised codes, first match first. Words rather than a list of known codes: each server has its own
 * spelling of the same few meanings, and a code that is missed costs more than one that is read with care.
 */
const KINDS: readonly [CodeKind | undefined, RegExp][] = [
  ['unavailable', STATIC_LIMIT],
  [
    'throttled',
    /THROTTL|RATELIMIT|RATEEXCEEDED|TOOMANY(\w*REQUEST|CALL|CONNECTION|ATTEMPT|QUER)|REQUESTSEXCEEDED|QUOTA\w*(EXCEED|EXHAUST|REACHED)|(EXCEED|OUTOF)\w*QUOTA|BUDGETEX(HAUSTED|CEEDED)|CONCURREN\w*EXCEEDED|(SECOND|MINUTE|HOUR|HOURLY|DAY|DAILY|MONTHLY|CONCURREN(CY|T)|REQUESTS?|CALLS?|USAGE)LIMIT(EXCEEDED|REACHED)|^LIMITEXCEEDED$|RESOURCEEXHAUSTED|THROUGHPUTEXCEEDED|SLOWDOWN|ENHANCEYOURCALM|SPIKEARREST|^COMPLEXITY$/,
  ],
  // Persisted queries, operations and the like are not found either, and that is about the document.
  [
    'unavailable',
    /G(RAPH)?QL(VALIDATION|PARSE)|^VALIDATIONFAILED$|^(PARSE|PARSING|QUERYPARSING)FAILED$|^(INVALID|QUERY)?SYNTAX|PERSISTED|OPERATION(RESOLUTION|VALIDATION|PARSING|NOT|TYPE|NAME)|(UNKNOWN|INVALID|MISSING)OPERATION|CSRF|INTROSPECTION|UNDEFINEDFIELD|FIELDUNDEFINED|UNKNOWNARGUMENT|ARGUMENTNOTACCEPTED|MISSINGREQUIREDARGUMENTS|VARIABLEMISMATCH|INVALIDGRAPHQL|^INVALIDQUERY$|^QUERYNOT|METHODNOTALLOWED|UNSUPPORTEDMEDIATYPE|NOTACCEPTABLE|^BADREQUEST$|MAINTENANCE|^(SERVICE|SITE)LOCKED$|RESOURCELOCKED/,
  ],
  [
    'unauthorized',
    /UNAUTHENTICATED|UNAUTHORI[SZ]ED|NOT(AUTHENTICATED|AUTHORI[SZ]ED|LOGGEDIN)|^AUTH(?!OR)|AUTHENTICATION|AUTHORI[SZ]ATION|FORBIDDEN|ACCESSDENIED|PERMISSION|JWT|TOKEN(IS)?(EXPIRED|INVALID|REVOKED|MISSING)|(INVALID|EXPIRED|MISSING|REVOKED|BAD)(ACCESS|AUTH|BEARER|API|ID)?TOKEN|API(KEY|TOKEN)|(INVALID|BAD|MISSING|EXPIRED)CREDENTIAL|EXPIREDSIGNATURE|SIGNATUREEXPIRED|^INVALID(CLIENT|IP|SCOPE)$|INSUFFICIENTSCOPE|SESSIONEXPIRED|LOGINREQUIRED|^INVALIDHEADERS$/,
  ],
  ['duplicate', /^(ALREADYEXISTS|DUPLICATE|DUPLICATEID)$/],
  [
    'unknown',
    /DUPLICAT|CONFLICT|ALREADY|UNIQUE|CONSTRAINT|CONDITIONALCHECKFAILED|(?<!NOT)EXISTS$|TAKEN$|IDEMPOTEN|^P2002$|^23505$|^E?11000$/,
  ],
  [
    'unknown',
    /INTERNAL|TIMEOUT|TIMEDOUT|ETIMEDOUT|DEADLINEEXCEEDED|DOWNSTREAM|UPSTREAM|SUBREQUEST|SUBGRAPH|UNAVAILABLE|GATEWAY|DATAFETCHING|UNEXPECTED|ECONN|NETWORK|ABORTED|CANCELL?ED|^UNKNOWN$/,
  ],
  [
    undefined,
    /(QUERY|ROUTE|ENDPOINT|FIELD|TYPE|SCHEMA|HOST|TENANT|ACCOUNT|APP|APPLICATION|PROJECT|ENVIRONMENT|SHOP|STORE|SITE|SPACE|USER|ORGANI[SZ]ATION|WORKSPACE|KEY|TOKEN|URL|PATH|PAGE|MODEL|TABLE|DATABASE|FUNCTION|METHOD|HANDLER|RESOLVER)NOTFOUND$/,
  ],
  ['absent', /NOTFOUND$|NOTEXISTS?$|^NOSUCH|^P2025$/],
  [
    'rejected',
    /USERINPUT|BADINPUT|INVALID(USER)?INPUT|^(GRAPHQL)?INPUT$|ARGUMENT|VALIDATION|VALIDATEFAILED|UNPROCESSABLE|INVALID(PAYLOAD|VALUE|VARIABLE|FIELD|FORMAT|PARAMETER|DATA)|OUTOFRANGE|TOO(LONG|SHORT|LARGE|BIG)|^REQUIRED$|^INVALID$|^BLANK$/,
  ],
];

function kindOfWords(code: string): CodeKind | undefined {
  return KINDS.find(([, words]) => words.test(code))?.[0];
}
