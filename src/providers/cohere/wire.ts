/** A type of the SDK as it goes over the wire, where members are named in snake case: `toolCallId` → `tool_call_id`. */
export type Wire<Type> = Type extends (infer Item)[]
  ? Wire<Item>[]
  : Type extends object
    ? { [Key in keyof Type as Key extends string ? SnakeCase<Key> : Key]: Wire<Type[Key]> }
    : Type;

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;
