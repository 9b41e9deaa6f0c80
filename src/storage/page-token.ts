import { invalidRequest } from '../completion/error.ts';

/** Where a record stands in a list by time, then id. */
export interface Position {
  /** When its call began, in milliseconds since the epoch. */
  time: number;
  id: string;
}

/** A page token is the position of the last record of the page before, so that a page is right also where records come in. */
export function encodePageToken({ time, id }: Position): string {
  return Buffer.from(`${time} ${id}`).toString('base64url');
}

/** The position after which a page begins; undefined for the first page. Throws INVALID_REQUEST for what is no token. */
export function decodePageToken(token: string): Position | undefined {
  if (token === '') return undefined;
  const text = Buffer.from(token, 'base64url').toString();
  const [, time, id] = /^(\d{1,15}) (.+)$/s.exec(text) ?? [];
  if (time === undefined || id === undefined || Buffer.from(text).toString('base64url') !== token) {
    throw invalidRequest(
      'page_token',
      'is not a token of this method; repeat the next_page_token of the page before',
    );
  }
  return { time: Number(time), id };
}
