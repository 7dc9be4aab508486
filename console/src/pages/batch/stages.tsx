import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Icon, type IconName } from '../../kit/icon.tsx'
import type { Batch } from './batch-status.tsx'
import { batchText } from './text.ts'

type Stage = Batch['stages'][number]

function lookOf({ failed, began, ended }: Stage): readonly [tone: string, icon: IconName] {
  if (failed > 0) return ['failed', 'failed']
  if (ended !== undefined) return ['ok', 'ok']
  return began === undefined ? ['waiting', 'waiting'] : ['running', 'running']
}

/** One after another, each with what came of it. */
export function Stages({ batch }: { readonly batch: Batch }) {
  const t = useText(batchText)
  const format = useFormat()
  return (
    <ol className="row">
      {batch.stages.map((stage, n) => {
        const [tone, icon] = lookOf(stage)
        const { size, done, failed, skipped, began, ended } = stage
        const told = [
          done > 0 && t.done(format.number(done)),
          failed > 0 && t.failed(format.number(failed)),
          skipped > 0 && t.skipped(format.number(skipped)),
          began !== undefined && ended !== undefined && format.duration(ended - began),
        ].filter(part => part !== false)
        const name = t.stage(format.number(n + 1), format.number(size))
        return (
          <li key={name} className="chip" aria-current={n === batch.stage ? 'step' : undefined}>
            <span className={`status ${tone}`}>
              <Icon name={icon} />
              {name}
            </span>
            {told.length > 0 && <span className="numbers">{told.join(' · ')}</span>}
          </li>
        )
      })}
    </ol>
  )
}
