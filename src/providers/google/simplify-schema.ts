import { invalidRequest } from '../../completion/error.ts';
import { isObject, type JsonObject } from '../shared/json.ts';

type Schema = Record<string, unknown>;

/**
 * Says a JSON Schema in the words of OpenAPI 3.0, as models before Gemini 2.5 want it: references are put in place,
 * `null` becomes `nullable`, the order of properties is said. Keywords without counterpart are left out.
 *
 * @throws GatewayError INVALID_REQUEST for references that cannot be put in place.
 */
export function simplifySchema(schema: JsonObject, field: string): { schema: Schema; leftOut: string[] } {
  const leftOut = new Set<string>();
  const simple = simplify(schema, { root: schema, field, within: [], leftOut, count: { references: 0 } });
  return { schema: simple, leftOut: [...leftOut] };
}

interface Context {
  root: JsonObject;
  field: string;
  /** References that are being put in place. */
  within: readonly string[];
  leftOut: Set<string>;
  /** How many references were put in place so far: they can multiply each other. */
  count: { references: number };
}

const MAX_REFERENCES = 1000;

function simplify(schema: JsonObject, context: Context): Schema {
  const { $ref, allOf, ...own } = schema;
  if (typeof $ref === 'string') {
    return {
      ...simplify(referred($ref, context), { ...context, within: [...context.within, $ref] }),
      ...simplify(own, context),
    };
  }
  if (Array.isArray(allOf)) {
    return allOf
      .filter(isObject)
      .reduce<Schema>((all, one) => merge(all, simplify(one, context)), simplify(own, context));
  }
  return Object.assign(
    {},
    ...Object.entries(own).map(([keyword, value]) => simplifyKeyword(keyword, value, context)),
  );
}

function simplifyKeyword(keyword: string, value: unknown, context: Context): Schema {
  switch (keyword) {
    case '$defs':
    case 'definitions':
    case '$schema':
      return {};
    case 'type':
      return simplifyType(value);
    case 'const':
      return simplifyKeyword('enum', [value], context);
    case 'enum': {
      const values = Array.isArray(value) ? value : [];
      // Enumerations are of texts.
      if (values.some((one) => one !== null && typeof one !== 'string')) break;
      return { enum: values.filter((one) => one !== null), ...(values.includes(null) && { nullable: true }) };
    }
    case 'anyOf':
    case 'oneOf':
      return simplifyChoice(Array.isArray(value) ? value.filter(isObject) : [], context);
    case 'items':
      if (!isObject(value)) break;
      return { items: simplify(value, context) };
    case 'properties': {
      const properties = Object.entries(isObject(value) ? value : {});
      return {
        properties: Object.fromEntries(
          properties.map(([name, one]) => [name, isObject(one) ? simplify(one, context) : {}]),
        ),
        propertyOrdering: properties.map(([name]) => name),
      };
    }
    default:
      if (KEPT.has(keyword)) return { [keyword]: value };
  }
  context.leftOut.add(keyword);
  return {};
}

const KEPT = new Set([
  'title',
  'description',
  'format',
  'nullable',
  'required',
  'propertyOrdering',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);

function simplifyType(type: unknown): Schema {
  if (!Array.isArray(type)) return { type };
  const types = type.filter((one) => one !== 'null');
  const nullable = types.length < type.length && { nullable: true };
  return types.length === 1
    ? { type: types[0], ...nullable }
    : { anyOf: types.map((one) => ({ type: one })), ...nullable };
}

function simplifyChoice(schemas: readonly JsonObject[], context: Context): Schema {
  const choices = schemas.filter(({ type }) => type !== 'null').map((one) => simplify(one, context));
  const nullable = choices.length < schemas.length && { nullable: true };
  return choices.length === 1 ? { ...choices[0], ...nullable } : { anyOf: choices, ...nullable };
}

/** What `allOf` amounts to, except that a keyword said twice counts as it was said last. */
function merge(one: Schema, other: Schema): Schema {
  return {
    ...one,
    ...other,
    ...united('required', one, other),
    ...united('propertyOrdering', one, other),
    ...united('properties', one, other),
  };
}

function united(keyword: string, { [keyword]: one }: Schema, { [keyword]: other }: Schema): Schema {
  if (Array.isArray(one) && Array.isArray(other)) return { [keyword]: [...new Set([...one, ...other])] };
  return isObject(one) && isObject(other) ? { [keyword]: { ...one, ...other } } : {};
}

function referred(reference: string, { root, field, within, count }: Context): JsonObject {
  count.references += 1;
  if (count.references > MAX_REFERENCES) {
    throw invalidRequest(field, `has more than ${MAX_REFERENCES} references; write less of it by reference.`);
  }
  if (within.includes(reference)) {
    throw invalidRequest(
      field,
      `refers to itself by "${reference}", which models before Gemini 2.5 cannot follow.`,
    );
  }
  const [start, ...path] = reference
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const target = path.reduce<unknown>((from, step) => (isObject(from) ? from[step] : undefined), root);
  if (start === '#' && isObject(target)) return target;
  throw invalidRequest(field, `refers to "${reference}", which is not in it.`);
}
