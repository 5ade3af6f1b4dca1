import type { TargetCodes } from './codes.ts';

const THROTTLED =
  /throttl|rate[ _-]?limit|too many (\w+ )?(requests|attempts|calls)|quota (has been |was )?(exceeded|exhausted)|exceeded (your |the )?(\w+ )?(quota|rate|request limit)|out of (\w+ ){0,3}quota|(^|rate|requests?|usage|api|calls?|concurrency|daily|hourly|minute) ?limit (has been |was |is )?(exceeded|reached)|slow down|budget exhausted|too often/i;

const UNAUTHORIZED =
  /\bjwt\b|api[ -]?key (is )?(not valid|invalid|expired|missing)|no api key|(token|session|credentials?|signature) (has |is |was )?(expired|invalid|revoked|missing|not valid)|(invalid|expired|missing|bad|revoked) (or \w+ )?(access |auth\w* |bearer |api |security )*(token|api[ -]?key|credentials?)|(invalid|bad) api\b|not authori[sz]ed|unauthori[sz]ed|unauthenticated|not authenticated|authentication (is )?(required|failed)|must be (logged|signed) in|not logged in|(permission|access) denied|(n't|not) have (the )?(required )?permission|^forbidden/i;

const DUPLICATE =
  /duplicate|already (exists?|been|taken|in use|registered|created)|must be unique|not unique|unique(ness)? (constraint|violation)/i;

/** graphql-js and graphql-java on the value of a variable. */
const VARIABLE_VALUE =
  /\bvariable\b.{1,100}?(invalid value|was not provided|must not be null|coerced null|provided invalid|could not be coerced|cannot be coerced)/is;

/** Hasura on a field or an argument that the schema does not have. */
const SCHEMA = /not found in type|has no argument/i;

/** graphql-js, graphql-php, graphene and graphql-java on a document that does not fit the schema. */
const DOCUMENT =
  /^(syntax error|cannot query field|unknown (argument|type|field|fragment|directive)|validation error|field .{1,200}(doesn't exist on type|must not have a selection|must have a selection|is missing required argument|argument .{1,100} of type .{1,100} is required)|variable .{1,100} of type .{1,100} used in position|query (has complexity|is too complex|exceeds)|the maximum allowed operation|exceeds max (complexity|depth))/is;

/**
 * The meaning of a message, for errors without any code only: words are weaker evidence than codes. Pure.
 *
 * @param isOwn the error's path begins with the item's field, so that its document was accepted
 */
export function kindOfMessage(
  message: string,
  { isOwn }: { isOwn: boolean },
): keyof TargetCodes | undefined {
  if (THROTTLED.test(message)) return 'throttled';
  if (UNAUTHORIZED.test(message)) return 'unauthorized';
  // What exists is looked up: words do not say whose it is.
  if (DUPLICATE.test(message)) return 'unknown';
  if (namesVariableValue(message)) return 'rejected';
  return !isOwn && DOCUMENT.test(message) ? 'unavailable' : undefined;
}

export function namesThrottle(text: string): boolean {
  return THROTTLED.test(text);
}

export function namesDuplicate(message: string): boolean {
  return DUPLICATE.test(message);
}

/** True where the message is about the value of a variable, which is the event's. */
export function namesVariableValue(message: string): boolean {
  return VARIABLE_VALUE.test(message);
}

/** True where the message is about the schema rather than about a value. */
export function namesSchema(message: string): boolean {
  return SCHEMA.test(message);
}
