/** What lives in a process once nothing is going on in it, after a full collection of garbage. */
export interface Sample {
  heapBytes: number;
  /** Of TCP, listening ones and those of its own clients included. */
  sockets: number;
  /** That keep the process alive, as a call's do. */
  timers: number;
  /** Live objects by class. Every listener and every closure is a function, and everything is an object. */
  objects: Record<'AbortController' | 'AbortSignal' | 'Function' | 'Object', number>;
  /** MaxListenersExceededWarning and the like, since the start. */
  warnings: string[];
}
