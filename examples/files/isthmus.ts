import { env, flow, landscape, model, system, Type } from 'isthmus'
import { decimal, trim, upperCase } from 'isthmus/clean'
import { excel, files, fixedWidth } from 'isthmus/files'

const Text = Type.String()
const Price = model('Price', {
  version: 1,
  schema: Type.Object({ Article: Text, Name: Text, Net: Text, From: Text }),
})
const Tag = model('Tag', {
  version: 1,
  schema: Type.Object({ sku: Text, name: Text, price: Text, from: Text }),
})

const supplier = system('supplier', {
  kind: 'other',
  connector: files({ folder: env('SUPPLIER', './supplier') }),
})
const prices = supplier.read('prices', Price, {
  pattern: '*.xlsx',
  format: excel({ sheet: 'Prices*', headerRow: 3 }), // above it stand the title and the date of the list
  every: '1s',
})

const shop = system('shop', { kind: 'erp', connector: files({ folder: env('SHOP', './shop') }) })
const tags = shop.write('tags', Tag, {
  file: ({ sku }) => `${sku}.txt`,
  encoding: 'gb18030',
  format: fixedWidth({
    widths: 'bytes', // 中 takes two places
    fields: [
      { name: 'sku', width: 8 },
      { name: 'name', width: 20 },
      { name: 'price', width: 9, align: 'right', pad: '0' },
      { name: 'from', width: 10 },
    ],
  }),
})

const labels = flow('labels')
  .from(prices)
  .key(price => price.Article)
  .clean({ Article: [trim, upperCase], Net: decimal({ scale: 2 }) })
  .map(Tag, { sku: p => p.Article, name: p => p.Name, price: p => p.Net, from: p => p.From })
  .to(tags)

export default landscape({ name: 'files', systems: [supplier, shop], flows: [labels] })
