import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { kindOfAddress } from '../../system/network.ts'

type Place = Pick<ConnectContext, 'system' | 'allows'>

/**
 * Looks names up for connections of a system, and gives only addresses at which it may be called. What a name meant
 * when it was checked does not count, but what it means when it is connected to: so it cannot be changed in between.
 */
export function guardedLookup(place: Place): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, [])
      const allowed = found.filter(({ address }) => place.allows(address))
      const [first] = allowed
      if (!first) return callback(refusal(place, hostname, found[0]?.address ?? 'nothing'), [])
      if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

/** Addresses are connected to without being looked up. Throws TARGET-ADDRESS; of names it says nothing. */
export function checkAddress(hostname: string, place: Place): void {
  const plain = hostname.replace(/^\[|\]$/g, '')
  if (isIP(plain) !== 0 && !place.allows(plain)) throw refusal(place, plain, plain)
}

/** For what is connected to an address alone: one of the host that may be called. Rejects with TARGET-ADDRESS. */
export async function allowedAddress(hostname: string, place: Place): Promise<string> {
  checkAddress(hostname, place)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  guardedLookup(place)(hostname, { all: false }, (error, address) => {
    if (error) reject(error)
    else resolve(String(address))
  })
  return promise
}

function refusal({ system }: Place, hostname: string, address: string): IsthmusError {
  const name = hostname === address ? '' : `${hostname} is `
  const text = `System ${system} is not called: ${name}${kindOfAddress(address)}.`
  return new IsthmusError('TARGET-ADDRESS', text)
}
