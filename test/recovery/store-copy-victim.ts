import { moveStore } from '../../src/server/moving/move-store.ts'
import { type StoreEnd, storeEnd } from '../../src/server/moving/store-ends.ts'

/*
 * Moves the store of the first argument to the second. Kills itself before or after the call that the third names, such
 * as `after target.entries`.
 */
const [, , from = '', to = '', point = ''] = process.argv

function doomed<T extends object>(name: string, end: T): T {
  return new Proxy(end, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const call = `${name}.${String(property)}`
        dieAt(`before ${call}`)
        const result: unknown = Reflect.apply(value, target, args)
        if (!(result instanceof Promise)) return result
        return result.then(answer => {
          dieAt(`after ${call}`)
          return answer
        })
      }
    },
  })
}

function dieAt(here: string): void {
  if (here === point) process.kill(process.pid, 'SIGKILL')
}

const doomedEnd = (end: StoreEnd): StoreEnd => ({
  ...end,
  origin: () => doomed('origin', end.origin()),
  target: partitions => doomed('target', end.target(partitions)),
})

const ends = { from: doomedEnd(storeEnd(from)), to: doomedEnd(storeEnd(to)) }
const { differences } = await moveStore({ ...ends, live: false, say: () => undefined })
process.exit(differences.length)
