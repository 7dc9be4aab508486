import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { workersText } from './text.ts'
import type { Worker } from './watching.ts'

/** Milliseconds: timers that are so late show that a member has more to do than it can. */
const tooLate = 500

/** How much a member has to do: its processor as a bar, and figures. Those of another version may tell fewer. */
export function Load({ load: { cpu, lag, inMemory, endedPerSecond, memory } }: Pick<Worker, 'load'>) {
  const t = useText(workersText)
  const format = useFormat()
  const figures = [
    endedPerSecond !== undefined && format.perSecond(endedPerSecond),
    inMemory !== undefined && t.inMemory(format.number(inMemory)),
    memory !== undefined && format.bytes(memory),
  ].filter(figure => figure !== false)
  return (
    <div className="stack tight load">
      {cpu !== undefined && (
        <span className="row nowrap numbers">
          <span className="load-bar" aria-hidden="true">
            <span style={{ width: `${Math.min(100, Math.round(cpu * 100))}%` }} />
          </span>
          {`CPU ${format.percent(cpu)}`}
          {lag !== undefined && lag >= tooLate && (
            <span className="status warn">{t.lag(format.duration(lag))}</span>
          )}
        </span>
      )}
      <span className="muted numbers">{figures.join(' · ')}</span>
    </div>
  )
}
