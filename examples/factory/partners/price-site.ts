import iconv from 'iconv-lite'
import { pick } from '../simulated/random.ts'
import { type Call, jsonReply, type Reply } from '../simulated/service.ts'
import type { ListedPrice, PartnersDatabase } from './database.ts'

const rowsOfPage = 4

/** The supplier's price list as pages for people, in GBK as many older sites of China are. */
export class PriceSite {
  readonly #db: PartnersDatabase
  #remade = false

  constructor(db: PartnersDatabase) {
    this.#db = db
  }

  readonly answer = ({ what, query }: Call): Reply => {
    if (what === 'GET /robots.txt')
      return { status: 200, type: 'text/plain', body: 'User-agent: *\nDisallow: /basket\n' }
    if (what !== 'GET /prices') return jsonReply(404, { error: `There is no ${what} here.` })
    const page = Number(query.get('page') ?? 1)
    return { status: 200, type: 'text/html; charset=gbk', body: iconv.encode(this.#page(page), 'gbk') }
  }

  /** `POST /layout {remade}` puts another column before the prices, or takes it away. */
  control({ what, body }: Call): { remade: boolean } | undefined {
    if (what !== 'POST /layout') return undefined
    this.#remade = (JSON.parse(body) as { remade: boolean }).remade
    return { remade: this.#remade }
  }

  #page(page: number): string {
    const prices = this.#db.prices()
    const shown = prices.slice((page - 1) * rowsOfPage, page * rowsOfPage)
    const next =
      page * rowsOfPage < prices.length ? `<a class="next" href="/prices?page=${page + 1}">下一页</a>` : ''
    const headings = ['货号', '名称', ...(this.#remade ? ['起订量'] : []), '单价', '版本']
    return `<!doctype html>
<html lang="zh-CN"><head><meta charset="gbk"><title>价格表</title></head>
<body><h1>价格表 第${page}页</h1>
<table id="prices">
<thead>${row('th', headings)}</thead>
<tbody>
${shown.map(price => row('td', this.#cells(price))).join('\n')}
</tbody>
</table>
${next}
</body></html>
`
  }

  #cells({ article, name, price, version }: ListedPrice): string[] {
    return [article, name, ...(this.#remade ? ['100'] : []), `￥${price}`, String(version)]
  }
}

/** The supplier asks up to a tenth more or less for one of its articles. */
export function reprice(db: PartnersDatabase): void {
  const { article, price } = pick(db.prices())
  db.setPrice(article, (Number(price) * (0.9 + 0.2 * Math.random())).toFixed(4))
}

function row(cell: 'th' | 'td', texts: readonly string[]): string {
  const cells = texts.map(
    text => `<${cell}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${cell}>`,
  )
  return `<tr>${cells.join(' ')}</tr>`
}
