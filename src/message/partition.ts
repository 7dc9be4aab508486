import { crc32 } from 'node:zlib'

/**
 * The share of the keys to which a key belongs: 0 to `partitions` - 1. Stable for ever: CRC-32 of its UTF-8, as in
 * zlib and PNG (RFC 1952), modulo `partitions`.
 */
export function partitionOf(key: string, partitions: number): number {
  return partitions === 1 ? 0 : crc32(key) % partitions
}
