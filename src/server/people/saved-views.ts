import { randomUUID } from 'node:crypto'
import type { StreamHead, StreamReader } from '../../store/streams.ts'
import { refused } from '../operations/deciding.ts'
import { allKept, type Keep, type Kept, keepChange } from './keeping.ts'
import { type Actor, can } from './permissions.ts'

/** What a list of the console showed, under a name. Times are milliseconds since 1970 UTC. */
export interface SavedView {
  readonly id: string
  readonly name: string
  /** Of the console: `failures`. */
  readonly place: string
  /** What stood behind the question mark of its address: filters, order and columns. */
  readonly search: string
  /** Whether everybody of this installation sees it. */
  readonly shared: boolean
  readonly at: number
}

/** A view with whose it is. */
export interface OwnedView extends SavedView {
  readonly by: string
}

const kind = 'views'
const mostViews = 200

interface Shelf {
  readonly by: string
  readonly views: readonly SavedView[]
}

/** The saved views, one stream for each account. Other members of the store may change them, too. */
export class SavedViews {
  readonly kind = kind
  readonly #keep: Keep
  readonly #kept = new Map<string, Kept<Shelf>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(keep: Keep) {
    this.#keep = keep
  }

  async load(streams: StreamReader): Promise<void> {
    for await (const { key, ...kept } of allKept<Shelf>(streams, kind)) this.#kept.set(key, kept)
  }

  /** Views that another member has changed. */
  readonly take = ({ key, version, snapshot }: StreamHead): void => {
    if (!snapshot || version <= (this.#kept.get(key)?.version ?? 0)) return
    this.#kept.set(key, { version, value: snapshot.data as unknown as Shelf })
  }

  /** The own ones, and those that others share and whose flows and systems the actor may see; by name. */
  seenBy(owner: string, actor: Actor): OwnedView[] {
    return [...this.#kept.values()]
      .flatMap(({ value: { by, views } }) => views.map(view => ({ ...view, by })))
      .filter(view => view.by === owner || (view.shared && sees(actor, view)))
      .sort((a, b) => a.name.localeCompare(b.name) || a.at - b.at)
  }

  /** One of the same name and place takes the place of the one before. */
  save(by: string, order: Pick<SavedView, 'name' | 'place' | 'search' | 'shared'>): Promise<OwnedView> {
    const view = { ...order, id: randomUUID(), at: Date.now() }
    return this.#change(by, 'saved', views => {
      const others = views.filter(({ name, place }) => name !== view.name || place !== view.place)
      if (others.length >= mostViews) throw refused(`There are ${mostViews} views. Delete some first.`)
      return [...others, view]
    }).then(() => ({ ...view, by }))
  }

  /** Of others only what they share is deleted, by who manages accounts. */
  remove(id: string, owner: string, mayOthers: boolean): Promise<void> {
    const found = [...this.#kept.values()].find(({ value }) => value.views.some(view => view.id === id))
    const view = found?.value.views.find(each => each.id === id)
    const isOwn = found?.value.by === owner
    if (!found || !view || (!isOwn && !view.shared)) throw refused('There is no such view.', 404)
    if (!isOwn && !mayOthers) throw refused(`This view is ${found.value.by}'s.`, 403, { missing: 'people' })
    return this.#change(found.value.by, 'deleted', views => views.filter(each => each.id !== id))
  }

  #change(
    by: string,
    type: string,
    change: (views: readonly SavedView[]) => readonly SavedView[],
  ): Promise<void> {
    const done = this.#last.then(async () => {
      const before = this.#kept.get(by)
      const views = change(before?.value.views ?? [])
      const state = views.length > 0 ? 'kept' : 'none'
      const changed = { type, value: { by, views }, state, open: views.length > 0 }
      this.#kept.set(by, await keepChange(this.#keep, { kind, key: by }, before, changed))
    })
    this.#last = done.catch(() => {})
    return done
  }
}

/** A name that is out of reach is not told by a filter either. */
function sees(actor: Actor, { search }: SavedView): boolean {
  const asked = new URLSearchParams(search)
  const named = (name: string) => asked.get(name) ?? undefined
  const flows = [named('flow'), named('saga')].filter(flow => flow !== undefined)
  const system = named('system')
  const objects = [...flows.map(flow => ({ flow })), ...(system === undefined ? [] : [{ system }])]
  return objects.every(object => can(actor, 'view', object).allowed)
}
