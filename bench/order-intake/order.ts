import { add, type DataOf, multiply, round } from 'isthmus'
import { xml } from 'isthmus/rest'
import { ShopOrder } from '../../examples/order-intake/models.ts'

type Given = DataOf<typeof ShopOrder>

const codec = xml({ root: 'Order', schema: ShopOrder.jsonSchema })

/** What every contender does with a body: the same parser, the same checks, the same sums. Throws on a bad order. */
export function readOrder(body: Buffer) {
  const checked = ShopOrder.validate(codec.decode(body))
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  const { Header, Lines }: Given = checked.data
  const lines = Lines.Line.map((line, index) => ({
    no: line['@no'] ?? index + 1,
    sku: line.Sku,
    qty: line.Qty,
    price: line.Price,
    amount: Number(round(multiply(line.Qty, line.Price), 2)),
  }))
  const { ShipTo } = Header
  return {
    orderId: Header.OrderId,
    customerId: Header.CustomerId,
    orderDate: Header.OrderDate,
    currency: Header.Currency,
    shipTo: { name: ShipTo?.Name, street: ShipTo?.Street, city: ShipTo?.City, country: ShipTo?.Country },
    lines,
    total: Number(add(...lines.map(({ amount }) => amount))),
  }
}

export type OrderRecord = ReturnType<typeof readOrder>

/** An order of about 1.5 KB. */
export function orderXml(id: string): string {
  const lines = Array.from(
    { length: 8 },
    (_, n) =>
      `<Line no="${n + 1}"><Sku>SKU-${1000 + n}</Sku><Description>Hexagon bolt M${n + 4} &amp; nut, zinc plated</Description>` +
      `<Qty>${n + 1}</Qty><Price>${(19.99 + n).toFixed(2)}</Price></Line>`,
  )
  return (
    `<Order><Header><OrderId>${id}</OrderId><CustomerId>C-1029</CustomerId><OrderDate>2026-05-04</OrderDate>` +
    '<Currency>EUR</Currency><ShipTo><Name>Acme GmbH</Name><Street>Hauptstr. 1</Street><City>Ulm</City>' +
    `<Country>DE</Country></ShipTo></Header><Lines>${lines.join('')}</Lines></Order>`
  )
}
