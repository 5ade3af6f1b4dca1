/** The kinds of meaning that a code can have. `absent` means that the thing asked for does not exist. */
export type CodeKind =
  | 'throttled'
  | 'unauthorized'
  | 'duplicate'
  | 'unknown'
  | 'unavailable'
  | 'rejected'
  | 'absent';

/**
 * Kinds by the words of normalised codes, first match first. Words rather than a list of known codes: each server has its own spelling of
 * the same few meanings. `undefined` keeps a code from matching a later, more general word.
 */
const KINDS: readonly [CodeKind | undefined, RegExp][] = [
  // Limits of one request that no waiting changes: its cost, depth, aliases or size.
  [
    'unavailable',
    anyOf(`
      MAXCOST COST(LIMIT)?EXCEEDED COSTTOOHIGH TOOEXPENSIVE
      MAXCOMPLEXITY COMPLEXITY(LIMIT)?EXCEEDED TOOCOMPLEX ^HC0047$
      DEPTH(LIMIT)?EXCEEDED TOODEEP (QUERY|MAX)(DEPTH|COMPLEXITY|COST)$
      (DEPTH|ALIAS|ALIASES|HEIGHT|NODE|ROOTFIELDS?|DIRECTIVES?|TOKENS?)LIMIT
      TOOMANY(ALIAS|TOKEN|DIRECTIVE|ROOTFIELD|FIELD|NODE)`),
  ],
  [
    'throttled',
    anyOf(`
      THROTTL RATELIMIT RATEEXCEEDED SLOWDOWN ENHANCEYOURCALM SPIKEARREST
      TOOMANY([A-Z]*REQUEST|CALL|CONNECTION|ATTEMPT|QUER) REQUESTSEXCEEDED CONCURREN[A-Z]*EXCEEDED
      QUOTA[A-Z]*(EXCEED|EXHAUST|REACHED) (EXCEED|OUTOF|OVER)[A-Z]*QUOTA
      BUDGETEX(HAUSTED|CEEDED) ^COMPLEXITY$ RESOURCEEXHAUSTED THROUGHPUTEXCEEDED
      (SECOND|MINUTE|HOUR|HOURLY|DAY|DAILY|MONTHLY)LIMIT(EXCEEDED|REACHED)
      (CONCURRENCY|CONCURRENT|REQUESTS?|CALLS?|USAGE)LIMIT(EXCEEDED|REACHED) ^LIMIT(EXCEEDED|REACHED)$`),
  ],
  // The document, which is the same for every event, and states of the whole target. Persisted queries and operations
  // are "not found" as well, so that they stand before the things that are.
  [
    'unavailable',
    anyOf(`
      G(RAPH)?QL(VALIDATION|PARSE) ^VALIDATIONFAILED$ ^(PARSING|QUERYPARSING)FAILED$
      ^(INVALID|QUERY)?SYNTAX PERSISTED OPERATION(RESOLUTION|VALIDATION|PARSING|NOT|TYPE|NAME)
      (UNKNOWN|INVALID|MISSING)OPERATION CSRF INTROSPECTION INVALIDGRAPHQL ^INVALIDQUERY$ ^QUERYNOT
      UNDEFINED(FIELD|TYPE|DIRECTIVE) FIELDUNDEFINED SELECTIONMISMATCH ARGUMENTLITERALS UNKNOWNARGUMENT ARGUMENTNOTACCEPTED MISSINGREQUIRED(ARGUMENTS|INPUT)
      VARIABLEMISMATCH METHODNOTALLOWED UNSUPPORTEDMEDIATYPE NOTACCEPTABLE ^BADREQUEST$
      MAINTENANCE (SERVICE|SITE|RESOURCE)LOCKED PAYMENTREQUIRED SUSPENDED ^READONLY(MODE)?$`),
  ],
  [
    'unauthorized',
    anyOf(`
      UNAUTHENTICATED UNAUTHORI[SZ]ED NOT(AUTHENTICATED|AUTHORI[SZ]ED|LOGGEDIN) ^AUTH(?!OR)
      AUTHENTICATION AUTHORI[SZ]ATION FORBIDDEN ACCESSDENIED PERMISSION LOGINREQUIRED JWT
      TOKEN(IS)?(EXPIRED|INVALID|REVOKED|MISSING) API(KEY|TOKEN)
      (INVALID|EXPIRED|MISSING|REVOKED|BAD)(ACCESS|AUTH|BEARER|API|ID)?TOKEN
      (INVALID|BAD|MISSING|EXPIRED)CREDENTIAL EXPIREDSIGNATURE SIGNATUREEXPIRED
      ^INVALID(CLIENT|IP|SCOPE|HEADERS|SESSIONID)$ INSUFFICIENTSCOPE SESSIONEXPIRED AUTHHEADER`),
  ],
  ['duplicate', anyOf('^(ALREADYEXISTS|DUPLICATE|DUPLICATEID)$')],
  // Something is there already, but perhaps not this event: look it up. Codes of Prisma, PostgreSQL and MongoDB at the end.
  [
    'unknown',
    anyOf(`
      DUPLICAT CONFLICT ALREADY UNIQUE CONSTRAINT CONDITIONALCHECKFAILED (?<!NOT)EXISTS$ TAKEN$
      IDEMPOTEN ^P2002$ ^23505$ ^E?11000$`),
  ],
  [
    'unknown',
    anyOf(`
      INTERNAL TIMEOUT TIMEDOUT DEADLINEEXCEEDED DOWNSTREAM UPSTREAM SUBREQUEST SUBGRAPH
      UNAVAILABLE GATEWAY DATAFETCHING UNEXPECTED ECONN NETWORK ABORTED CANCELL?ED ^UNKNOWN$`),
  ],
  // What is not found here is not the event.
  [
    undefined,
    anyOf(`
      (QUERY|ROUTE|ENDPOINT|URL|PATH|PAGE|HOST|SERVICE|DEPLOYMENT|FUNCTION|METHOD|HANDLER)NOTFOUND$
      (FIELD|TYPE|SCHEMA|MODEL|TABLE|DATABASE|COLLECTION|INDEX|RESOLVER)NOTFOUND$
      (TENANT|ACCOUNT|APP|APPLICATION|PROJECT|ENVIRONMENT|SHOP|STORE|SITE|SPACE)NOTFOUND$
      (USER|ORGANI[SZ]ATION|WORKSPACE|KEY|TOKEN|CREDENTIALS?)NOTFOUND$`),
  ],
  ['absent', anyOf('NOTFOUND$ NOTEXISTS?$ NOSUCH(ENTITY|KEY|ITEM|RECORD|RESOURCE|OBJECT) ^P2025$')],
  // Hasura's `parse-failed` and `data-exception` are about values.
  [
    'rejected',
    anyOf(`
      USERINPUT BADINPUT INVALID(USER)?INPUT ^(GRAPHQL)?INPUT$ ARGUMENT VALIDATION UNPROCESSABLE
      INVALID(PAYLOAD|VALUE|VARIABLE|FIELD|FORMAT|PARAMETER|DATA) OUTOFRANGE
      TOO(LONG|SHORT|LARGE|BIG) ^(REQUIRED|INVALID|BLANK)$ ^PARSEFAILED$ ^DATA$`),
  ],
];

/** The meaning of a code in upper case, letters and digits only; `undefined` for one that says nothing we know. Pure. */
export function kindOfWords(code: string): CodeKind | undefined {
  return KINDS.find(([, words]) => words.test(code))?.[0];
}

/** True for a code of graphql-js and its servers that refuses the document. Pure. */
export function isDocumentCode(code: string): boolean {
  return /^G(RAPH)?QL(VALIDATION|PARSE)/.test(code);
}

/** One expression of words that are separated by white space. */
function anyOf(words: string): RegExp {
  return new RegExp(words.trim().split(/\s+/).join('|'));
}
