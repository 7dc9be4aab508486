import { IsthmusError } from '../errors.ts'
import { checkOptionNames, type OptionNames } from '../message/option-names.ts'
import type { Connector } from './connector.ts'
import { checkGovernance, type Governance, governanceNames } from './governance.ts'
import { type Allowed, checkAllowed } from './network.ts'

/** What people call it; the names here are those that most companies have, and any other may stand. */
export type SystemKind =
  | 'erp'
  | 'crm'
  | 'hrm'
  | 'mes'
  | 'finance'
  | 'warehouse'
  | 'files'
  | 'other'
  | (string & {})

/** An application or store that the company runs. */
export interface System {
  readonly name: string
  readonly kind: SystemKind
  readonly connector: Connector
  readonly governance: Governance
  readonly allow: readonly Allowed[]
}

export interface SystemOptions<C extends object> extends Governance {
  readonly kind: SystemKind
  readonly connector: Connector<C>
  /**
   * Addresses at which the system may be called over HTTP beside public ones: `loopback` (this machine), `private` (the
   * company's networks), or a network such as `169.254.7.0/24`. Default none: a name that leads elsewhere is not called.
   */
  readonly allow?: readonly Allowed[] | undefined
}

const systemNames: OptionNames<SystemOptions<object>> = {
  ...governanceNames,
  kind: 'needed',
  connector: 'needed',
  allow: true,
}

const namePattern = /^[a-z][a-z0-9-]{0,62}$/

/** Names are lower-case words joined by hyphens: they become addresses, metric labels and file names. */
export function checkName(what: string, name: string): void {
  if (namePattern.test(name)) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `The name of a ${what} is made of lower-case letters, digits and hyphens and begins with a letter; ` +
      `"${name}" is not. Rename it, for example to "${suggestName(name)}".`,
  )
}

/** Declares a system. The result has the connector's channel factories as members. */
export function system<C extends object>(name: string, options: SystemOptions<C>): System & C {
  checkName('system', name)
  checkOptionNames(`System ${name}`, options, systemNames)
  const { kind, connector, allow = [], ...governance } = options
  checkGovernance(name, governance)
  checkAllowed(name, allow)
  return Object.freeze({ ...connector.channels(name), name, kind, connector, governance, allow })
}

function suggestName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return words.replace(/^[^a-z]+|-+$/g, '') || 'name'
}
