import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'

type Place = Pick<ConnectContext, 'system' | 'allows'>

/** Gives only addresses that are allowed, at the moment of connecting: a name cannot mean another one later. */
export function guardedLookup(place: Place): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const allowed = found.filter(({ address }) => place.allows(address))
      const [first] = allowed
      if (!first) return callback(refusal(place, hostname), [])
      if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

/** Addresses are connected to without being looked up. Throws for one that is not allowed; of names it says nothing. */
export function checkAddress(hostname: string, place: Place): void {
  const plain = hostname.replace(/^\[|\]$/g, '')
  if (isIP(plain) !== 0 && !place.allows(plain)) throw refusal(place, plain)
}

function refusal({ system }: Place, host: string): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', `The system ${system} may not be reached at ${host}.`)
}
