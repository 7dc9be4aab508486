/**
 * Takes a message apart; the body runs for each item, in order. With `aggregate` the items that passed become the data
 * that goes on (splitter and aggregator); without, the message goes on as it was.
 */
export interface SplitStep<S = unknown> {
  readonly kind: 'split'
  readonly id: string
  items(data: unknown): readonly unknown[]
  readonly body: readonly S[]
  readonly aggregate: ((items: readonly unknown[], whole: unknown) => unknown) | undefined
}

export function splitStep<S>(
  id: string,
  items: SplitStep['items'],
  body: readonly S[],
  aggregate: SplitStep['aggregate'],
): SplitStep<S> {
  return Object.freeze({ kind: 'split', id, items, body: Object.freeze([...body]), aggregate })
}
