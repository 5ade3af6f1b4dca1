/** What a setting or a variable may be; `also` is a value outside the range that is allowed as well. */
export interface Rule {
  type: string;
  minimum?: number;
  maximum?: number;
  isWhole?: boolean;
  also?: number;
}

/** The parts of a valibot schema that are looked at. */
export interface Schema {
  type: string;
  requirement?: number;
  literal?: number;
  pipe?: Schema[];
  options?: Schema[];
  /** Of an optional one. */
  wrapped?: Schema;
  default?: string;
}

/** What a schema lets through. */
export function ruleOfSchema(schema: Schema): Rule {
  const rule: Rule = { type: schema.type };
  for (const part of schema.pipe ?? schema.options ?? []) {
    if (part.pipe) Object.assign(rule, ruleOfSchema(part));
    else if (part.type === 'literal') rule.also = Number(part.literal);
    else if (part.type === 'min_value') rule.minimum = Number(part.requirement);
    else if (part.type === 'max_value') rule.maximum = Number(part.requirement);
    else if (part.type === 'integer') rule.isWhole = true;
    else if (part.type === 'number' || part.type === 'string') rule.type = part.type;
  }
  return rule;
}
