/** A type of the SDK as its JSON has it, where bytes are base64. */
export type OnTheWire<T> = T extends Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? OnTheWire<Item>[]
    : T extends object
      ? { [Key in keyof T]: OnTheWire<T[Key]> }
      : T;
