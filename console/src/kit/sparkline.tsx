/** Values over time as a line, with marks at changes; what it says is said in `label`, too. */
export function Sparkline(props: {
  readonly label: string
  readonly values: readonly number[]
  /** Places of changes, from 0 (left) to 1. */
  readonly marks?: readonly number[]
}) {
  const { label, values, marks = [] } = props
  const most = Math.max(1e-9, ...values)
  const step = values.length > 1 ? 100 / (values.length - 1) : 0
  const points = values.map(
    (value, index) => `${(index * step).toFixed(2)},${(30 - (28 * value) / most).toFixed(2)}`,
  )
  return (
    <svg className="spark" viewBox="0 0 100 31" preserveAspectRatio="none" role="img" aria-label={label}>
      {marks.map(mark => (
        <line key={mark} className="mark" x1={100 * mark} x2={100 * mark} y1={0} y2={31} />
      ))}
      <polyline points={points.join(' ')} />
    </svg>
  )
}
