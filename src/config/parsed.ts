/** What a value of the file comes to, or what to do about it. */
export type Parsed<T> = { value: T } | { remedy: string };
