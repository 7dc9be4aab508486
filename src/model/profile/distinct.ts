/** Up to so many the values are counted exactly, by 53 bits of each. */
const mostExact = 20_000
/** 2^12 registers: a standard error of 1.6 %. Source: Flajolet, Fusy, Gandouet and Meunier 2007, HyperLogLog. */
const bits = 12
const size = 2 ** bits

/** How many different texts there were, in memory that does not grow with them. */
export class Distinct {
  #exact: Set<number> | undefined = new Set()
  readonly #registers = new Uint8Array(size)

  add(text: string): void {
    const [high, low] = hash(text)
    if (this.#exact) {
      this.#exact.add((high & 0x1fffff) * 2 ** 32 + low)
      if (this.#exact.size > mostExact) this.#exact = undefined
    }
    const register = high >>> (32 - bits)
    const rank = Math.clz32(low) + 1
    if (rank > (this.#registers[register] as number)) this.#registers[register] = rank
  }

  get count(): { readonly count: number; readonly exact: boolean } {
    if (this.#exact) return { count: this.#exact.size, exact: true }
    let [sum, empty] = [0, 0]
    for (const rank of this.#registers) {
      sum += 2 ** -rank
      if (rank === 0) empty++
    }
    const estimate = ((0.7213 / (1 + 1.079 / size)) * size * size) / sum
    const small = empty > 0 && estimate <= 2.5 * size
    return { count: Math.round(small ? size * Math.log(size / empty) : estimate), exact: false }
  }
}

/** Two words of 32 bits. Source: cyrb53 by bryc, public domain, with the finishing of MurmurHash3. */
function hash(text: string): readonly [number, number] {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2_654_435_761)
    b = Math.imul(b ^ code, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return [a >>> 0, b >>> 0]
}
