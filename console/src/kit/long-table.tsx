import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef } from 'react'

export interface Column<R> {
  readonly id: string
  readonly title: string
  /** A grid track: `120px`, `1fr`. */
  readonly width: string
  cell(row: R): ReactNode
}

const rowHeight = 34

/**
 * A table of any number of rows: only those seen are in the document. Up, down, j and k move, Enter opens, x selects.
 * Rows that are not loaded yet are `undefined`; `onNeed` is told which are looked at.
 */
export function LongTable<R>(props: {
  readonly label: string
  readonly columns: readonly Column<R>[]
  readonly count: number
  row(index: number): R | undefined
  keyOf(row: R): string
  readonly current: number
  onMove(index: number): void
  onOpen?: ((row: R) => void) | undefined
  onSelect?: ((row: R) => void) | undefined
  isSelected?: ((row: R) => boolean) | undefined
  onNeed?: ((first: number, last: number) => void) | undefined
}) {
  const { label, columns, count, row, keyOf, current, onMove, onOpen, onSelect, isSelected, onNeed } = props
  const body = useRef<HTMLDivElement>(null)
  const root = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => body.current,
    estimateSize: () => rowHeight,
    overscan: 4,
  })
  const items = rows.getVirtualItems()
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0]
  useEffect(() => onNeed?.(first, last), [onNeed, first, last])
  const tracks = columns.map(({ width }) => width).join(' ')
  useEffect(() => root.current?.style.setProperty('--columns', tracks), [tracks])
  const move = (to: number) => {
    const index = Math.max(0, Math.min(count - 1, to))
    onMove(index)
    rows.scrollToIndex(index)
  }
  const acts = useRef<Acts>({ move, open: () => {} })
  acts.current = { move, open: at => onOpen?.(at as R) }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    const at = row(current)
    const byKey: Record<string, (() => void) | undefined> = {
      ArrowDown: () => move(current + 1),
      j: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      k: () => move(current - 1),
      PageDown: () => move(current + 15),
      PageUp: () => move(current - 15),
      Home: () => move(0),
      End: () => move(count - 1),
      Enter: () => at && onOpen?.(at),
      x: () => at && onSelect?.(at),
    }
    const act = byKey[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }
  return (
    <div ref={root} className="long-table" role="grid" aria-label={label} aria-rowcount={count + 1}>
      <div role="rowgroup">
        <div role="row" className="head" aria-rowindex={1}>
          {columns.map(({ id, title }) => (
            <span key={id} role="columnheader">
              {title}
            </span>
          ))}
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the grid's rows are walked by keys from here */}
      <div ref={body} className="body" role="rowgroup" tabIndex={0} onKeyDown={onKeyDown}>
        <div className="space" style={{ height: rows.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const data = row(index)
            return (
              <Line
                key={data ? keyOf(data) : index}
                index={index}
                start={start}
                row={data}
                columns={columns as readonly Column<unknown>[]}
                isSelected={index === current || (data !== undefined && isSelected?.(data)) || false}
                acts={acts}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

interface Acts {
  move(index: number): void
  open(row: unknown): void
}

/** While the table is scrolled, a row that stays is not made again. */
const Line = memo(function Line(props: {
  readonly index: number
  readonly start: number
  readonly row: unknown
  readonly columns: readonly Column<unknown>[]
  readonly isSelected: boolean
  readonly acts: { readonly current: Acts }
}) {
  const { index, start, row, columns, isSelected, acts } = props
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the body, for all rows
    <div
      role="row"
      tabIndex={-1}
      className="line"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => acts.current.move(index)}
      onDoubleClick={() => row !== undefined && acts.current.open(row)}
    >
      {columns.map(({ id, cell }) => (
        <span key={id} role="gridcell">
          {row === undefined ? <span className="skeleton" /> : cell(row)}
        </span>
      ))}
    </div>
  )
})
