import { encodeMessage } from '../../completion/encode-message.ts';
import { UsageRecord } from '../../gen/sluice/v1/usage_service.ts';

/** First byte of every stored record. Raise it when the rest is not the contract's own encoding any more. */
const VERSION = Buffer.from([1]);

export function encodeStoredRecord(record: UsageRecord): Buffer {
  return Buffer.concat([VERSION, encodeMessage(UsageRecord, record)]);
}

/** Throws where it is of another version, or no record at all. */
export function decodeStoredRecord(stored: Buffer): UsageRecord {
  if (stored[0] !== VERSION[0])
    throw new Error(`version ${stored[0]} of a stored record is not ${VERSION[0]}`);
  return UsageRecord.decode(stored.subarray(VERSION.length));
}
