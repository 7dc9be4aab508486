import type { ErpTruth } from './erp/database.ts'
import type { ListedPrice } from './partners/database.ts'

export interface PriceProof {
  readonly articles: number
  /** Those of which the ERP has the last price. */
  readonly right: number
  readonly problems: readonly string[]
}

/** Compares the prices that stand on the supplier's site with the purchase prices of the ERP. */
export function provePrices(listed: readonly ListedPrice[], held: ErpTruth['purchasePrices']): PriceProof {
  const known = new Map(held.map(price => [price.article, price]))
  const wrong = listed.flatMap(price => {
    const { article } = price
    const other = known.get(article)
    known.delete(article)
    if (!other) return [`${article}: the ERP has no purchase price`]
    const [said, arrived] = [textOf(price), textOf(other)]
    return said === arrived ? [] : [`${article}: ${said}, but in the ERP ${arrived}`]
  })
  const unknown = [...known.keys()].map(article => `${article}: the supplier does not offer it`)
  return { articles: listed.length, right: listed.length - wrong.length, problems: [...wrong, ...unknown] }
}

function textOf({ name, price, version }: ListedPrice): string {
  return `${name} at CNY ${price}, version ${version}`
}
