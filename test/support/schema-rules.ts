/** What a setting or a variable may be; `also` is a value outside the range that is allowed as well. */
export interface Rule {
  type: string;
  minimum?: number;
  maximum?: number;
  isWhole?: boolean;
  also?: number;
  /** Of a choice. */
  values?: string[];
  /** Of an object. */
  keys?: string[];
}

/** The parts of a valibot schema that are looked at. */
export interface Schema {
  type: string;
  requirement?: number;
  literal?: number;
  pipe?: Schema[];
  /** Schemas of a union, texts of a choice. */
  options?: (Schema | string)[];
  entries?: Record<string, Schema>;
  /** Of an optional one. */
  wrapped?: Schema;
  default?: string;
}

/** What a schema lets through. */
export function ruleOfSchema(schema: Schema): Rule {
  const { entries, type, options } = schema;
  if (entries) return { type: 'object', keys: Object.keys(entries).toSorted() };
  if (type === 'boolean') return { type: 'bool' };
  if (type === 'picklist') return { type: 'string', values: options as string[] };
  return ruleOfParts(type, schema.pipe ?? options ?? []);
}

function ruleOfParts(type: string, parts: readonly (Schema | string)[]): Rule {
  const rule: Rule = { type };
  for (const part of parts as Schema[]) {
    if (part.pipe || part.entries) Object.assign(rule, ruleOfSchema(part));
    else if (part.type === 'literal') rule.also = Number(part.literal);
    else if (part.type === 'min_value') rule.minimum = Number(part.requirement);
    else if (part.type === 'max_value') rule.maximum = Number(part.requirement);
    else if (part.type === 'integer') rule.isWhole = true;
    else if (part.type === 'number' || part.type === 'string') rule.type = part.type;
  }
  return rule;
}
