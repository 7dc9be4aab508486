/** Orders as a shop exports them; `state` and `amount` may be other than they used to be. */
export function ordersCsv(
  count: number,
  change: (at: number) => { state?: string; amount?: string } = () => ({}),
): string {
  const rows = Array.from({ length: count }, (_, at) => {
    const usual = { state: ['open', 'closed'][at % 2], amount: `${100 + ((at * 37) % 200)}.50` }
    const { state, amount } = { ...usual, ...change(at) }
    const day = `2026-${String((at % 12) + 1).padStart(2, '0')}-${String((at % 28) + 1).padStart(2, '0')}`
    return `SO-${1000 + at},Customer ${at % 40},${state},${amount},${day}`
  })
  return ['no,customer,state,amount,day', ...rows, ''].join('\r\n')
}
