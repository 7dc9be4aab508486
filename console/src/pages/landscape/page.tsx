import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { useNow } from '../../kit/time.tsx'
import { Inspector } from './inspector.tsx'
import './landscape.css'
import { LandscapeList } from './list.tsx'
import { LandscapeMap } from './map.tsx'
import { type LandscapeState, selectedOf } from './state.ts'
import { landscapeText } from './text.ts'

/** Is anything broken, where, since when, and how much waits? */
export function LandscapePage() {
  const query = useQuery({
    queryKey: ['flows', 'landscape'],
    queryFn: ({ signal }) => get('/api/v1/landscape/state', { signal }),
    refetchInterval: 5000,
  })
  const t = useText(landscapeText)
  return (
    <div className="page landscape">
      {query.data === undefined && <h1>{t.title}</h1>}
      <Asked query={query}>
        {state =>
          state.bridges.length === 0 ? (
            <>
              <h1>{t.title}</h1>
              <Empty>{`${t.empty} ${t.emptyNext}`}</Empty>
            </>
          ) : (
            <Landscape state={state} />
          )
        }
      </Asked>
    </div>
  )
}

function Landscape({ state }: { readonly state: LandscapeState }) {
  const t = useText(landscapeText)
  const now = useNow()
  const navigate = useNavigate()
  const { env = '' } = useParams({ strict: false })
  const { sel, view = 'map' } = useSearch({ from: '/inside/$env/landscape' })
  const selected = selectedOf(state, sel)
  const show = (part: object) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...part }) } as never)
  const onSelect = (to: string) => show({ sel: to })
  return (
    <>
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          <Verdict state={state} />
        </div>
        <Tabs
          label={t.views}
          selected={view === 'list' ? 'list' : 'map'}
          tabs={[
            ['map', t.map],
            ['list', t.list],
          ]}
          onSelect={to => show({ view: to })}
        />
      </header>
      <div className="map-and-inspector">
        {view === 'list' ? (
          <LandscapeList
            state={state}
            selected={selected && 'bridge' in selected ? selected.bridge : undefined}
            now={now}
            onSelect={onSelect}
          />
        ) : (
          <LandscapeMap state={state} selected={selected} onSelect={onSelect} />
        )}
        <Inspector env={env} selected={selected} state={state} now={now} />
      </div>
    </>
  )
}

/** What matters first. */
function Verdict({ state }: { readonly state: LandscapeState }) {
  const t = useText(landscapeText)
  const format = useFormat()
  const { counts, bridges, islands, perSecond } = state
  const flows = new Set(bridges.map(({ flow }) => flow).filter(Boolean)).size
  const systems = islands.filter(({ own }) => !own).length
  const isWell = counts.down + counts.degraded + counts.noSignal === 0
  return (
    <>
      {isWell && <Status state="ok">{t.allWell}</Status>}
      {counts.down > 0 && <Status state="down">{t.down(counts.down)}</Status>}
      {counts.degraded > 0 && <Status state="degraded">{t.degraded(counts.degraded)}</Status>}
      {counts.noSignal > 0 && <Status state="silent">{t.silent(counts.noSignal)}</Status>}
      {counts.paused > 0 && <Status state="paused">{t.paused(counts.paused)}</Status>}
      <span className="muted numbers">{t.size(flows, systems, format.perSecond(perSecond))}</span>
    </>
  )
}
