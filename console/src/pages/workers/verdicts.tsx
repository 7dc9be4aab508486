import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { type StateName, Status } from '../../kit/status.tsx'
import { workersText } from './text.ts'
import { type Verdict, verdictsOf } from './verdict.ts'
import type { Watched } from './watching.ts'
import { letterOf } from './words.ts'

const states: Readonly<Record<Verdict['kind'], StateName>> = {
  alone: 'ok',
  held: 'ok',
  idle: 'down',
  unheld: 'down',
  moving: 'running',
  leaving: 'running',
  versions: 'running',
  restart: 'running',
  late: 'silent',
  silent: 'silent',
  uncoordinated: 'degraded',
  unread: 'degraded',
}

export function Verdicts({ watched, now }: { readonly watched: Watched; readonly now: number }) {
  const words = useWords(watched, now)
  return verdictsOf(watched, now).map(verdict => {
    const isOver = verdict.kind === 'restart' && verdict.count === verdict.of
    const key = verdict.kind === 'late' ? `late ${verdict.worker}` : verdict.kind
    return (
      <Status key={key} state={isOver ? 'ok' : states[verdict.kind]}>
        {words(verdict)}
      </Status>
    )
  })
}

function useWords({ known, workers, at }: Watched, now: number): (verdict: Verdict) => string {
  const { verdict: t } = useText(workersText)
  const format = useFormat()
  const name = (id: string) => letterOf(known[id]?.n ?? 0)
  const number = (value: number) => format.number(value)
  /** What was an age when the answer came. */
  const age = (ms: number) => format.duration(ms + Math.max(0, now - at))
  return verdict => {
    switch (verdict.kind) {
      case 'alone':
        return t.alone
      case 'uncoordinated':
        return t.uncoordinated
      case 'idle':
        return t.idle(number(verdict.partitions))
      case 'moving':
        return t.moving(number(verdict.partitions))
      case 'unheld':
        return verdict.silent
          ? t.unheldAfter(number(verdict.partitions), name(verdict.silent.worker), age(verdict.silent.ms))
          : verdict.ms === undefined
            ? t.unheld(number(verdict.partitions))
            : t.unheldFor(number(verdict.partitions), format.duration(verdict.ms))
      case 'late':
        return t.late(
          name(verdict.worker),
          age(verdict.ms),
          format.duration(workers.lease),
          number(verdict.partitions),
        )
      case 'unread':
        return t.unread(number(verdict.sources))
      case 'held':
        return t.held(number(verdict.partitions), number(verdict.workers))
      case 'leaving':
        return t.leaving(format.list(verdict.workers.map(name)), number(verdict.partitions))
      case 'versions':
        return t.versions(verdict.version, number(verdict.count), number(verdict.of))
      case 'restart': {
        const [of, began] = [number(verdict.of), format.time(verdict.began, now)]
        return verdict.count === verdict.of
          ? t.restarted(of, began)
          : t.restart(number(verdict.count), of, began)
      }
      case 'silent':
        return t.silent(name(verdict.worker), age(verdict.ms))
    }
  }
}
