import { useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { hiddenIn } from './hidden.ts'

export interface ListColumn {
  /** As the address has it. */
  readonly id: string
  readonly title: string
  readonly isNumber?: boolean
}

/** Names of the columns that the reader does not want to see. */
export function useHidden(): ReadonlySet<string> {
  return hiddenIn((useSearch({ strict: false }) as { hide?: string }).hide)
}

/** A table whose rows have one cell for each column, in their order; those that are hidden stay in the document unseen. */
export function ListTable(props: { readonly columns: readonly ListColumn[]; readonly children: ReactNode }) {
  const { columns, children } = props
  const hidden = useHidden()
  const places = columns.flatMap(({ id }, at) => (hidden.has(id) ? [at + 1] : []))
  return (
    <table className="table" data-hide={places.join(' ') || undefined}>
      <thead>
        <tr>
          {columns.map(({ id, title, isNumber }) => (
            <th key={id} scope="col" className={isNumber ? 'number' : undefined}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      {children}
    </table>
  )
}
