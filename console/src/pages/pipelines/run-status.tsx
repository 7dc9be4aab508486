import { Link, useParams } from '@tanstack/react-router'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Icon, type IconName } from '../../kit/icon.tsx'
import { Status, toneOf } from '../../kit/status.tsx'
import { type Look, lookOf, type Run, stateOfLook } from './runs.ts'
import { pipelinesText } from './text.ts'

export function RunStatus({ run }: { readonly run: Run }) {
  const t = useText(pipelinesText)
  const look = lookOf(run)
  return <Status state={stateOfLook[look]}>{t.looks[look]}</Status>
}

export function useRunAddress(): (run: Pick<Run, 'pipeline' | 'key'>) => string {
  const { env } = useParams({ strict: false })
  return ({ pipeline, key }) => `/${env}/pipelines/${pipeline}/${encodeURIComponent(key)}`
}

const icons: Readonly<Record<Look, IconName>> = {
  published: 'ok',
  partly: 'warn',
  failed: 'failed',
  running: 'running',
  waiting: 'waiting',
  cancelled: 'close',
}

/** A run as a mark that leads to it: colour and shape, and its words for who hears or points. */
export function RunMark(props: {
  readonly run: Run
  readonly isEntry: boolean
  readonly words: 'shown' | 'told'
}) {
  const { run, isEntry, words } = props
  const t = useText(pipelinesText)
  const format = useFormat()
  const address = useRunAddress()
  const look = lookOf(run)
  const aside = run.parked > 0 ? `, ${t.asideShort(format.number(run.parked))}` : ''
  const at = words === 'shown' ? run.date : format.time(run.until, Date.now())
  const told = t.ofRun(at, t.looks[look], `, ${t.rowsShort(format.number(run.read))}${aside}`)
  return (
    <Link
      to={address(run) as never}
      className={`run-mark status ${toneOf(stateOfLook[look])}`}
      aria-label={told}
      title={told}
      tabIndex={isEntry ? 0 : -1}
      data-run={run.key}
    >
      <Icon name={run.trigger === 'repair' ? 'edit' : icons[look]} />
      {words === 'shown' && (
        <span className="run-word">
          {look === 'partly' && run.parked > 0 ? t.asideShort(format.number(run.parked)) : t.looks[look]}
        </span>
      )}
    </Link>
  )
}
