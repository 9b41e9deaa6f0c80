/** The message only: an error of ioredis carries more than a log should hold. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
