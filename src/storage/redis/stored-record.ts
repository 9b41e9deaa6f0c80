import { encodeMessage } from '../../completion/encode-message.ts';
import { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';

/** First character of every stored record. Raise it when the rest is not the contract's own encoding any more. */
const VERSION = '1';

/**
 * Encodes a record as it is stored, each byte as the character of that number. A text, since a single buffer among the
 * arguments has ioredis join a whole pipeline from its pieces; and few bytes of a record are beyond ASCII, where a
 * character takes two.
 */
export function encodeStoredRecord(record: UsageRecord): string {
  return VERSION + encodeMessage(UsageRecord, record).toString('latin1');
}

/** Throws where it is of another version, or no record at all. */
export function decodeStoredRecord(stored: string): UsageRecord {
  if (!stored.startsWith(VERSION)) {
    throw new Error(`version ${JSON.stringify(stored.slice(0, 1))} of a stored record is not ${VERSION}`);
  }
  return UsageRecord.decode(Buffer.from(stored.slice(VERSION.length), 'latin1'));
}
