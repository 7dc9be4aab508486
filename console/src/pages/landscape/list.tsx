import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Status } from '../../kit/status.tsx'
import { Time } from '../../kit/time.tsx'
import { type Bridge, type LandscapeState, stateOf, worstFirst } from './state.ts'
import { landscapeText } from './text.ts'

/** The same as the map, to be read from top to bottom: what needs somebody stands first. */
export function LandscapeList(props: {
  readonly state: LandscapeState
  readonly selected: Bridge | undefined
  readonly now: number
  onSelect(sel: string): void
}) {
  const { state, selected, now, onSelect } = props
  const t = useText(landscapeText)
  const words = useText(common)
  const format = useFormat()
  const labels = new Map(state.islands.map(({ island, label }) => [island, label]))
  return (
    <div className="panel scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{words.state}</th>
            <th>{t.bridge}</th>
            <th>{t.from}</th>
            <th>{t.to}</th>
            <th>{words.since}</th>
            <th className="number">{t.waiting}</th>
            <th className="number">{t.rate}</th>
            <th className="number">{t.latency}</th>
          </tr>
        </thead>
        <tbody>
          {worstFirst(state.bridges).map(bridge => (
            <tr key={bridge.bridge} aria-selected={bridge === selected}>
              <td>
                <Status state={stateOf(bridge.state)} />
              </td>
              <td>
                <button
                  type="button"
                  translate="no"
                  className="button quiet small"
                  onClick={() => onSelect(`bridge:${bridge.bridge}`)}
                >
                  {bridge.flow ?? bridge.saga ?? bridge.transaction}
                </button>
              </td>
              <td>{labels.get(bridge.from)}</td>
              <td>{labels.get(bridge.to)}</td>
              <td>{bridge.since !== undefined && <Time at={bridge.since} now={now} age={false} />}</td>
              <td className="number">{format.number(bridge.backlog)}</td>
              <td className="number">{format.perSecond(bridge.perSecond)}</td>
              <td className="number">{bridge.p95 === undefined ? '' : format.duration(bridge.p95)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
