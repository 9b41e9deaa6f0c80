import { ReplyError } from 'ioredis';

/** Whether Redis did answer, by an error. ioredis gives its class no type. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof ReplyError;
}

/** What Redis answered to a part of a command. */
export function replyError(message: string): Error {
  return new ReplyError(message);
}
