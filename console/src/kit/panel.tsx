import { type ReactNode, useId } from 'react'

/** A bordered part of a page with a heading of its own. */
export function Panel(props: {
  readonly title: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  /** Content goes to the border: tables. */
  readonly flush?: boolean
}) {
  const id = useId()
  const { title, actions, children, flush } = props
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions && <div className="row">{actions}</div>}
      </header>
      {flush ? children : <div className="content">{children}</div>}
    </section>
  )
}

/** Names with their values. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [string, ReactNode] | undefined | false)[]
}) {
  return (
    <dl className="facts">
      {facts
        .filter(fact => fact !== undefined && fact !== false)
        .map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
    </dl>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** Why there is nothing, and what to do next. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <div className="empty">{children}</div>
}
