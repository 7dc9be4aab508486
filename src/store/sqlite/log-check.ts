import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { IsthmusError } from '../../errors.ts'

const headerSize = 32
const frameHeaderSize = 24
/** The magic number of logs whose checksums count bytes in the other order than most machines. */
const bigEndian = 0x377f0683

/**
 * Refuses a write-ahead log with damage in the middle. SQLite reads a log up to the first frame whose checksum fails,
 * and takes the rest for a transaction that a crash has torn. As every commit is synced before the next begins, a
 * crash can tear only the last one: when two commits or more follow, what was acknowledged is damaged.
 * Format: https://www.sqlite.org/fileformat2.html#walformat
 */
export function requireSoundLog(file: string): void {
  const damage = findDamage(file)
  // A running owner may be writing just there: only what is damaged a moment later, too, is damaged.
  if (damage === undefined || findDamage(file)?.place !== damage.place) return
  throw new IsthmusError(
    'STORE-FAILED',
    `the log of the store is damaged (${file}: ${damage.place}, ${damage.commits} commits are lost): ` +
      'run `isthmus verify`, restore from a backup',
  )
}

interface Damage {
  readonly place: string
  readonly commits: number
}

function findDamage(file: string): Damage | undefined {
  if (!existsSync(file)) return undefined
  const handle = openSync(file, 'r')
  try {
    const header = Buffer.alloc(headerSize)
    // An empty log, or one whose header never reached the disk, holds nothing.
    if (readSync(handle, header, 0, headerSize, 0) < headerSize || header.every(byte => byte === 0))
      return undefined
    return checkLog(handle, header)
  } finally {
    closeSync(handle)
  }
}

function checkLog(handle: number, header: Buffer): Damage | undefined {
  const sum = new LogChecksum(header.readUInt32BE(0))
  const frame = Buffer.alloc(frameHeaderSize + (header.readUInt32BE(8) & 0x1ffff))
  const count = Math.floor((fstatSync(handle).size - headerSize) / frame.length)
  sum.add(header.subarray(0, 24))
  let broken = sum.equals(header, 24) ? undefined : 'header'
  let commits = 0
  for (let index = 0; index < count; index++) {
    readSync(handle, frame, 0, frame.length, headerSize + index * frame.length)
    // Frames with another salt are of earlier rounds and are in the database already.
    const isOfThisRound = frame.compare(header, 16, 24, 8, 16) === 0
    if (broken === undefined && !(isOfThisRound && sum.next(frame))) broken = `frame ${index + 1}`
    if (broken !== undefined && isOfThisRound && frame.readUInt32BE(4) !== 0) commits++
  }
  return broken !== undefined && (commits > 1 || broken === 'header') ? { place: broken, commits } : undefined
}

class LogChecksum {
  readonly #swap: boolean
  #one = 0
  #two = 0

  constructor(magic: number) {
    this.#swap = magic === bigEndian
  }

  /** Adds a frame; gives whether the checksum in it fits. */
  next(frame: Buffer): boolean {
    this.add(frame.subarray(0, 8))
    this.add(frame.subarray(frameHeaderSize))
    return this.equals(frame, 16)
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
