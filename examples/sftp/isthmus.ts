import { env, flow, landscape, model, secret, system, Type } from 'isthmus'
import { csv, ftp, jsonLines, sftp } from 'isthmus/files'

const Text = Type.String()
const Row = model('Row', { version: 1, schema: Type.Object({ article: Text, price: Text, unit: Text }) })
const Price = model('Price', { version: 1, schema: Type.Object({ sku: Text, amount: Text }) })

const supplier = system('supplier', {
  kind: 'other',
  allow: ['loopback'], // for a server on this machine
  connector: sftp({
    url: env('SUPPLIER_SFTP', 'sftp://127.0.0.1:2222/out'),
    user: env('SUPPLIER_USER', 'factory'),
    key: secret('SUPPLIER_KEY'),
    hostKey: env('SUPPLIER_HOST_KEY', ''), // SHA256:... as the supplier tells it
  }),
})
const prices = supplier.read('prices', Row, {
  pattern: 'prices-*.csv',
  format: csv(),
  encoding: 'gb18030',
  every: '1s',
})

const warehouse = system('warehouse', {
  kind: 'warehouse',
  allow: ['loopback'],
  connector: ftp({
    url: env('WAREHOUSE_FTP', 'ftp://127.0.0.1/in'),
    user: env('WAREHOUSE_USER', 'factory'),
    password: secret('WAREHOUSE_PASSWORD'),
    tls: { ca: secret('WAREHOUSE_CA') }, // who signed its certificate
  }),
})
const price = warehouse.write('price', Price, {
  format: jsonLines(),
  file: ({ sku }) => `price-${sku}.json`,
})

const priceList = flow('price-list')
  .from(prices)
  .key(row => row.article)
  .map(Price, { sku: row => row.article, amount: row => row.price })
  .to(price)

export default landscape({ name: 'sftp', systems: [supplier, warehouse], flows: [priceList] })
