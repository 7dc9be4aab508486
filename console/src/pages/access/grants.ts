import type { AnswerOf } from '../../../../src/client/answers.ts'
import type { Texts } from '../../i18n/text.ts'
import type { accessText } from './text.ts'

export type Grant = AnswerOf<'/api/v1/me'>['grants'][number]
export type Role = Grant['role']
type Words = Texts<(typeof accessText)['en']>

export const roleNames = [
  'viewer',
  'operator',
  'engineer',
  'approver',
  'admin',
] as const satisfies readonly Role[]

/** A grant as it is typed. */
export interface DraftGrant {
  readonly id: number
  readonly role: Role
  readonly flows: string
  readonly systems: string
}

let last = 0

export function draftOf({ role, scope }: Grant): DraftGrant {
  return {
    id: ++last,
    role,
    flows: scope?.flows?.join(', ') ?? '',
    systems: scope?.systems?.join(', ') ?? '',
  }
}

export function grantOf({ role, flows, systems }: DraftGrant): Grant {
  const scope = {
    ...(names(flows).length > 0 && { flows: names(flows) }),
    ...(names(systems).length > 0 && { systems: names(systems) }),
  }
  return Object.keys(scope).length === 0 ? { role } : { role, scope }
}

/** By commas of either script, or spaces. */
function names(text: string): string[] {
  return text.split(/[\s,，、;；]+/).filter(Boolean)
}

/** `Operator: flows order-*, systems sap`. */
export function grantText({ role, scope }: Grant, words: Words): string {
  const parts = [
    scope?.flows && words.flowsOf(scope.flows.join(' ')),
    scope?.systems && words.systemsOf(scope.systems.join(' ')),
  ].filter(Boolean)
  return `${words.roles[role]}: ${parts.length === 0 ? words.everything : parts.join(', ')}`
}
