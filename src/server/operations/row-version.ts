import type { Unfinished } from '../../store/store.ts'

/** Changes with every attempt and every decision: who has seen a version can demand that it is still so. */
export function rowVersion({
  attempts,
  decisions,
  edited,
}: Pick<Unfinished, 'attempts' | 'decisions' | 'edited'>): string {
  return `${attempts}.${decisions?.length ?? 0}${edited ? `.${edited.at}` : ''}`
}
