import type { Texts } from '../i18n/text.ts'
import type { shellText } from './text.ts'

type Words = Texts<(typeof shellText)['en']>

/** A page that the navigation leads to. Pages whose capability does not exist yet have no place, and no dead link. */
export interface Place {
  readonly id: keyof Words['places']
  /** Behind `/{env}`. */
  readonly path: `/${string}`
  /** Behind `g`. */
  readonly key: string
}

export const groups: readonly { readonly id: keyof Words['groups']; readonly places: readonly Place[] }[] = [
  {
    id: 'operate',
    places: [
      { id: 'landscape', path: '/landscape', key: 'l' },
      { id: 'messages', path: '/messages', key: 'm' },
      { id: 'flows', path: '/flows', key: 'w' },
      { id: 'systems', path: '/systems', key: 'y' },
      { id: 'failures', path: '/failures', key: 'f' },
      { id: 'sagas', path: '/sagas', key: 's' },
      { id: 'indoubt', path: '/indoubt', key: 'i' },
      { id: 'alerts', path: '/alerts', key: 'a' },
      { id: 'workers', path: '/workers', key: 'n' },
    ],
  },
  {
    id: 'data',
    places: [
      { id: 'pipelines', path: '/pipelines', key: 'p' },
      { id: 'quality', path: '/quality', key: 'q' },
      { id: 'balance', path: '/balance', key: 'b' },
      { id: 'models', path: '/models', key: 'o' },
    ],
  },
  {
    id: 'govern',
    places: [
      { id: 'audit', path: '/audit', key: 'u' },
      { id: 'access', path: '/access', key: 'c' },
    ],
  },
]

export const places: readonly Place[] = groups.flatMap(group => group.places)
