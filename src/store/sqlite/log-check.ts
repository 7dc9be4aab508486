import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { IsthmusError } from '../../errors.ts'

const headerSize = 32
const frameHeaderSize = 24
/** The two magic numbers say in which byte order the checksums count. */
const littleEndian = 0x377f0682
const bigEndian = 0x377f0683

/**
 * Refuses a write-ahead log with damage in the middle. SQLite reads a log up to the first frame whose checksum fails,
 * and takes the rest for a transaction that a crash has torn. As every commit is synced before the next begins, a
 * crash can tear only the last one: when two commits or more follow, what was acknowledged is damaged.
 * Format: https://www.sqlite.org/fileformat2.html#walformat
 */
export function requireSoundLog(file: string): void {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    checkLog(handle, file)
  } finally {
    closeSync(handle)
  }
}

function checkLog(handle: number, file: string): void {
  const header = Buffer.alloc(headerSize)
  // An empty log, or one whose header never reached the disk, holds nothing.
  if (readSync(handle, header, 0, headerSize, 0) < headerSize || header.every(byte => byte === 0)) return
  const sum = new LogChecksum(header.readUInt32BE(0))
  sum.add(header.subarray(0, 24))
  const pageSize = header.readUInt32BE(8)
  if (!sum.isKnown || !sum.equals(header, 24) || pageSize < 512)
    throw damagedLog(file, 'its header is damaged')
  const frame = Buffer.alloc(frameHeaderSize + pageSize)
  const count = Math.floor((fstatSync(handle).size - headerSize) / frame.length)
  let broken = 0
  let lostCommits = 0
  for (let index = 0; index < count; index++) {
    readSync(handle, frame, 0, frame.length, headerSize + index * frame.length)
    // Frames with another salt are of earlier rounds and are in the database already.
    if (frame.compare(header, 16, 24, 8, 16) !== 0) {
      broken ||= index + 1
      continue
    }
    if (broken === 0) {
      sum.add(frame.subarray(0, 8))
      sum.add(frame.subarray(frameHeaderSize))
      if (!sum.equals(frame, 16)) broken = index + 1
    }
    if (broken !== 0 && frame.readUInt32BE(4) !== 0) lostCommits++
  }
  if (lostCommits > 1)
    throw damagedLog(file, `frame ${broken} is damaged and ${lostCommits} commits stand behind it`)
}

function damagedLog(file: string, what: string): IsthmusError {
  const text = `the log of the store is damaged (${file}: ${what}): run \`isthmus verify\`, restore from a backup`
  return new IsthmusError('STORE-FAILED', text)
}

class LogChecksum {
  readonly isKnown: boolean
  readonly #swap: boolean
  #one = 0
  #two = 0

  constructor(magic: number) {
    this.isKnown = magic === littleEndian || magic === bigEndian
    this.#swap = magic === bigEndian
  }

  /** `bytes` are a multiple of 8. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 8) {
      this.#one = (this.#one + this.#word(bytes, at) + this.#two) >>> 0
      this.#two = (this.#two + this.#word(bytes, at + 4) + this.#one) >>> 0
    }
  }

  equals(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#one && bytes.readUInt32BE(at + 4) === this.#two
  }

  #word(bytes: Buffer, at: number): number {
    return this.#swap ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
  }
}
