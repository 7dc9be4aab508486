import type { ContractChannel } from '../contract.ts'

/** SOAP says nothing about repeats; a name may. */
export function proposedEffect(operation: string): ContractChannel['effect'] {
  const [word] = /^(?:get|read|find|query|list)(?![a-z])/.exec(lowerFirst(operation)) ?? []
  if (word === undefined)
    return {
      kind: 'irreversible',
      why: 'SOAP does not say what a repeat does; irreversible until told otherwise',
    }
  return {
    kind: 'read',
    why: `the name begins with "${operation.slice(0, word.length)}"; check that it changes nothing`,
  }
}

/** `GetOrder`, `getOrder` and `GET_ORDER` begin alike. */
function lowerFirst(name: string): string {
  const [first = ''] = /^[A-Z]+(?![a-z])|^[A-Z]?[a-z]+/.exec(name) ?? []
  return first.toLowerCase() + name.slice(first.length)
}
