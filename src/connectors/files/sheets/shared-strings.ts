import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IsthmusError } from '../../../errors.ts'

const pageBytes = 256 * 1024
/** Pages in memory: 32 MiB. */
const mostPages = 128
/** What a number of 32 bits can count. */
const mostBytes = 2 ** 32 - 1
/** Texts that are kept ready to be used. */
const recent = 16_384

/**
 * The texts of a workbook by their numbers. What does not fit into 32 MiB goes to a file of the folder for temporary
 * files, which has no name from the beginning, so that it is gone with this process at the latest.
 */
export class SharedStrings {
  /** Where each text begins, all of them one behind the other, and where the last one ends. */
  #begins = new Uint32Array(1024)
  #count = 0
  #end = 0
  readonly #pages = new Map<number, Buffer>()
  #page = Buffer.allocUnsafeSlow(pageBytes)
  #file: number | undefined
  readonly #texts: string[] = []
  readonly #numbers = new Int32Array(recent).fill(-1)

  get count(): number {
    return this.#count
  }

  add(text: string): void {
    if (this.#count + 2 > this.#begins.length) {
      const more = new Uint32Array(this.#begins.length * 2)
      more.set(this.#begins)
      this.#begins = more
    }
    const room = pageBytes - (this.#end % pageBytes)
    if (text.length * 3 < room) {
      this.#end += this.#page.write(text, this.#end % pageBytes)
    } else {
      this.#append(Buffer.from(text))
    }
    if (this.#end > mostBytes)
      throw new IsthmusError('MSG-LIMIT', `a workbook with more than ${mostBytes} bytes of shared texts`)
    this.#begins[++this.#count] = this.#end
  }

  get(number: number): string | undefined {
    if (!(Number.isInteger(number) && number >= 0 && number < this.#count)) return undefined
    const slot = number % recent
    if (this.#numbers[slot] === number) return this.#texts[slot]
    const text = this.#read(this.#begins[number] as number, this.#begins[number + 1] as number)
    this.#numbers[slot] = number
    this.#texts[slot] = text
    return text
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.#page, this.#end % pageBytes, at)
      at += copied
      this.#end += copied
      if (this.#end % pageBytes === 0) this.#turn()
    }
  }

  /** The page is full. */
  #turn(): void {
    const number = this.#end / pageBytes - 1
    if (number >= mostPages) this.#keep(number)
    else this.#pages.set(number, this.#page)
    this.#page = Buffer.allocUnsafeSlow(pageBytes)
  }

  #keep(number: number): void {
    try {
      this.#file ??= namelessFile()
      writeSync(this.#file, this.#page, 0, pageBytes, number * pageBytes)
    } catch (cause) {
      const reason = `the texts of a workbook do not fit into memory, nor into ${tmpdir()}: ${String(cause)}`
      throw new IsthmusError('SOURCE-FAILED', reason, { cause })
    }
  }

  #read(begin: number, end: number): string {
    const page = this.#pageAt(Math.floor(begin / pageBytes))
    const at = begin % pageBytes
    if (at + end - begin <= pageBytes) return page.toString('utf8', at, at + end - begin)
    const parts: Buffer[] = []
    for (let from = begin; from < end; from = (Math.floor(from / pageBytes) + 1) * pageBytes) {
      const whole = this.#pageAt(Math.floor(from / pageBytes))
      parts.push(Buffer.from(whole.subarray(from % pageBytes, (from % pageBytes) + end - from)))
    }
    return Buffer.concat(parts).toString()
  }

  /** Pages behind the first ones are read again; those in use last stay for a while. */
  #pageAt(number: number): Buffer {
    if (number === Math.floor(this.#end / pageBytes)) return this.#page
    const known = this.#pages.get(number)
    if (known !== undefined) return known
    const page = Buffer.allocUnsafeSlow(pageBytes)
    readSync(this.#file as number, page, 0, pageBytes, number * pageBytes)
    const oldest = this.#pages.size >= mostPages + 64 ? [...this.#pages.keys()][mostPages] : undefined
    if (oldest !== undefined) this.#pages.delete(oldest)
    this.#pages.set(number, page)
    return page
  }
}

function namelessFile(): number {
  const path = join(tmpdir(), `isthmus-${randomUUID()}`)
  const file = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return file
}
