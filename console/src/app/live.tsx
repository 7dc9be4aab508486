import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'

export interface Live {
  readonly state: 'connecting' | 'live' | 'lost'
  /** When the connection was lost. */
  readonly since: number | undefined
  /** Off: nothing changes under the reader's eyes. */
  readonly on: boolean
  setOn(on: boolean): void
}

const LiveContext = createContext<Live>({ state: 'connecting', since: undefined, on: true, setOn: () => {} })

export function useLive(): Live {
  return useContext(LiveContext)
}

const address = '/api/v1/stream'
interface Told {
  readonly items: readonly { readonly topic: string }[]
}

function topicsOf(data: string): Set<string> {
  return new Set((JSON.parse(data) as Told).items.map(({ topic }) => topic))
}

/** What changed is asked for again at most this often. */
const pauseMs = 1000

/**
 * The one stream of changes. It names what has changed (`flows`, `failures`, ...), and the queries whose key begins so
 * are asked again. The browser reconnects by itself and says the last id that it has seen.
 */
export function LiveUpdates({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient()
  const [on, setOn] = useState(true)
  const [link, setLink] = useState<Pick<Live, 'state' | 'since'>>({ state: 'connecting', since: undefined })
  useEffect(() => {
    if (!on) return
    const changed = new Set<string>()
    const refresh = setInterval(() => {
      for (const topic of changed)
        void queries.invalidateQueries({ queryKey: [topic] }, { cancelRefetch: false })
      changed.clear()
    }, pauseMs)
    const stream = new EventSource(address)
    const known = (topics: Iterable<string>) => {
      for (const topic of topics) changed.add(topic)
    }
    stream.onopen = () => setLink({ state: 'live', since: undefined })
    stream.onerror = () => setLink(before => ({ state: 'lost', since: before.since ?? Date.now() }))
    stream.addEventListener('change', event => known(topicsOf(event.data)))
    // Something was missed: everything is asked for again.
    stream.addEventListener('reset', () => void queries.invalidateQueries())
    return () => {
      clearInterval(refresh)
      stream.close()
    }
  }, [on, queries])
  const live = useMemo(() => ({ ...link, on, setOn }), [link, on])
  return <LiveContext value={live}>{children}</LiveContext>
}
