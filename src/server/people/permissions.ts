/** What can be allowed. Each route of the control API needs one of them; the console names the one that is missing. */
export const permissions = {
  view: 'see systems, flows, messages and their ends',
  payload: 'see the data of messages',
  personal: 'see personal data unmasked',
  operate: 'retry, pause, resume, and replay with effects kept',
  decide: 'decide for sagas that ask or need a person',
  edit: 'change the data of a message and let it run',
  discard: 'give messages up',
  'replay-new': 'let effects happen once more',
  resolve: 'end transactions in doubt',
  alerts: 'silence alerts, and change where they go',
  approve: 'approve changes',
  audit: 'read the audit',
  people: 'manage accounts, grants and tokens of others',
} as const

export type Permission = keyof typeof permissions

/** From the least to the most; what each may do. */
export const roles = {
  viewer: ['view', 'payload'],
  operator: ['view', 'payload', 'operate', 'decide', 'alerts'],
  engineer: ['view', 'payload', 'operate', 'decide', 'alerts', 'edit', 'discard', 'personal'],
  approver: ['view', 'payload', 'approve', 'audit'],
  admin: Object.keys(permissions) as Permission[],
} as const satisfies Record<string, readonly Permission[]>

export type Role = keyof typeof roles

/** A role for the flows and systems whose names fit; for all where nothing is said. */
export interface Grant {
  readonly role: Role
  readonly scope?: Scope | undefined
}

/** Names, with `*` for any letters. Sagas and transactions count as flows. */
export interface Scope {
  readonly flows?: readonly string[] | undefined
  readonly systems?: readonly string[] | undefined
}

/** What an order is about; without a name it is about the whole landscape. */
export interface ActionObject {
  readonly flow?: string | undefined
  readonly system?: string | undefined
}

/** Who asks. */
export interface Actor {
  /** Account name, `token:NAME of ACCOUNT`, or the name that the local token's holder gives. */
  readonly name: string
  readonly grants: readonly Grant[]
  /** Of a token: what its account may do, beyond which the token does not go. */
  readonly within?: readonly Grant[] | undefined
  /** `local`: the token in the data directory, which whoever runs the instance can read, and which may do everything. */
  readonly by: 'local' | 'session' | 'token'
}

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly missing: Permission }

/** Everything there is: for what cannot be shown or done in parts. */
export const whole: ActionObject = { flow: '*', system: '*' }

/** May the actor do this to that? An object that is not named needs a grant without scope, except for seeing lists. */
export function can(actor: Actor, permission: Permission, object: ActionObject = {}): Verdict {
  const by = (grants: readonly Grant[]) => grants.some(grant => gives(grant, permission, object))
  const allowed = by(actor.grants) && (actor.within === undefined || by(actor.within))
  return allowed ? { allowed } : { allowed, missing: permission }
}

/** Whether some object can be there for which the actor has it. */
export function canSomewhere(actor: Actor, permission: Permission): boolean {
  const by = (grants: readonly Grant[]) => grants.some(({ role }) => includes(role, permission))
  return by(actor.grants) && (actor.within === undefined || by(actor.within))
}

/** Whether nothing is hidden from the actor, so that lists need no filter. */
export function seesAll(actor: Actor): boolean {
  return can(actor, 'view', whole).allowed && can(actor, 'payload', whole).allowed
}

function gives({ role, scope }: Grant, permission: Permission, object: ActionObject): boolean {
  return includes(role, permission) && reaches(scope, object, permission)
}

function includes(role: Role, permission: Permission): boolean {
  return (roles[role] as readonly Permission[]).includes(permission)
}

/**
 * A scope reaches what it names: one with flows only reaches no system, and the other way round. Lists may be asked for by
 * everyone who may see something of them: what they hold is filtered object by object.
 */
function reaches(scope: Scope | undefined, { flow, system }: ActionObject, permission: Permission): boolean {
  if (!scope || (!scope.flows && !scope.systems)) return true
  if (flow === undefined && system === undefined) return permission === 'view' || permission === 'payload'
  return (
    (flow === undefined || fits(scope.flows, flow)) && (system === undefined || fits(scope.systems, system))
  )
}

function fits(patterns: readonly string[] = [], name: string): boolean {
  return patterns.some(pattern => {
    const [first = '', ...rest] = pattern.split('*')
    if (rest.length === 0) return name === pattern
    if (!name.startsWith(first)) return false
    let at = first.length
    const last = rest.pop() as string
    for (const part of rest) {
      const next = name.indexOf(part, at)
      if (next === -1) return false
      at = next + part.length
    }
    return name.length - at >= last.length && name.endsWith(last)
  })
}
