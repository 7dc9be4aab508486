import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { Letter, tints } from './letter.tsx'
import { workersText } from './text.ts'
import { isLate, verdictsOf } from './verdict.ts'
import type { Partition, Watched, Worker } from './watching.ts'
import { letterOf } from './words.ts'

/** Milliseconds for which a partition is marked that has changed hands. */
const markedFor = 8_000

const marks = ['nobody', 'between', 'late', 'leaving', 'moved'] as const
type Mark = (typeof marks)[number]

interface Cell extends Partition {
  readonly number: number
  readonly marks: readonly Mark[]
}

/** All partitions, each where it always is, with the letter of who holds it: the twin of the table. */
export function PartitionStrip(props: {
  readonly watched: Watched
  readonly now: number
  readonly chosen: string | undefined
}) {
  const { watched, now, chosen } = props
  const t = useText(workersText)
  const cells = cellsOf(watched, now)
  return (
    <div className="stack">
      <p className="muted">{t.partitionsHint}</p>
      <ol className={cells.length > 64 ? 'partitions many' : 'partitions'} aria-label={t.partitions}>
        {cells.map(cell => (
          <PartitionCell
            key={cell.number}
            cell={cell}
            known={watched.known}
            isChosen={chosen !== undefined && cell.holder === chosen}
          />
        ))}
      </ol>
      <div className="row legend">
        <Holders watched={watched} />
        {marks
          .filter(mark => cells.some(cell => cell.marks.includes(mark)))
          .map(mark => (
            <span key={mark} className="row">
              <span className={`partition sample ${mark}`} aria-hidden="true" />
              {t.marks[mark]}
            </span>
          ))}
      </div>
    </div>
  )
}

function cellsOf(watched: Watched, now: number): Cell[] {
  const { partitions } = watched
  const { workers, lease } = watched.workers
  const free = verdictsOf(watched, now).some(({ kind }) => kind === 'moving') ? 'between' : 'nobody'
  const members = new Map(workers.map(each => [each.id, each]))
  return partitions.map((partition, number) => {
    const isFresh = partition.moved !== undefined && now - partition.moved < markedFor
    const holder = partition.holder === undefined ? undefined : members.get(partition.holder)
    const mark = holder ? markOf(holder, lease) : free
    return { ...partition, number, marks: [...(mark ? [mark] : []), ...(isFresh ? ['moved' as const] : [])] }
  })
}

function markOf(holder: Worker, lease: number): Mark | undefined {
  if (isLate(holder, lease)) return 'late'
  return holder.state === 'leaving' ? 'leaving' : undefined
}

function PartitionCell(props: {
  readonly cell: Cell
  readonly known: Watched['known']
  readonly isChosen: boolean
}) {
  const { known, isChosen } = props
  const { number, holder, before, marks: own } = props.cell
  const t = useText(workersText)
  const who = holder === undefined ? undefined : known[holder]
  const from = before === undefined || !own.includes('moved') ? undefined : known[before]
  const name = who ? `${letterOf(who.n)}, ${who.name}` : t.nobody
  const told = [t.partition(String(number), name), ...own.map(mark => t.marks[mark])]
  const tint = who ? `tint-${who.n % tints}` : ''
  return (
    <li
      className={['partition', tint, ...own, isChosen && 'chosen'].filter(Boolean).join(' ')}
      title={told.join(', ')}
    >
      <span className="hidden-text">{`${told.join(', ')}${from ? `, ${t.from(letterOf(from.n))}` : ''}`}</span>
      <span aria-hidden="true" className="no numbers" translate="no">
        {number}
      </span>
      <span aria-hidden="true" className="who" translate="no">
        {who ? letterOf(who.n) : '∅'}
        {own.includes('late') && <Icon name="silent" />}
        {own.includes('leaving') && <Icon name="right" />}
      </span>
      <span aria-hidden="true" className="from" translate="no">
        {from && `← ${letterOf(from.n)}`}
      </span>
    </li>
  )
}

/** How many each of those holds who take partitions. */
function Holders({ watched: { workers, known } }: { readonly watched: Watched }) {
  const t = useText(workersText)
  const format = useFormat()
  return workers.workers
    .filter(({ state, roles }) => state !== 'silent' && roles.includes('worker'))
    .map(({ id, partitions }) => (
      <span key={id} className="row">
        <Letter of={known[id]} />
        {t.count(format.number(partitions.length))}
      </span>
    ))
}
