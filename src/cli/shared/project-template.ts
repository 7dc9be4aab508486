/** The files of a new project, by path. It runs without any server: JSON lines in a folder become rows in SQLite. */
export function projectFiles(name: string, isthmus: string): Readonly<Record<string, string>> {
  const scripts = {
    start: 'isthmus start',
    dev: 'isthmus dev',
    check: 'tsc --noEmit && isthmus check',
  }
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=24' },
    scripts,
    dependencies: { isthmus },
    devDependencies: { '@types/node': '^24.0.0', typescript: '>=5.8' },
  }
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'isthmus.ts': landscape(name),
    'inbox/orders.jsonl': orders,
    'README.md': readme(name),
    'tsconfig.json': `${JSON.stringify(tsconfig, null, 2)}\n`,
    '.gitignore': 'node_modules/\n.isthmus/\n.env\nshop.db*\ninbox/done/\ninbox/failed/\ninbox/.isthmus/\n',
  }
}

const landscape = (name: string) => `import { flow, landscape, model, system, Type } from 'isthmus'
import { trim, upperCase } from 'isthmus/clean'
import { files, jsonLines } from 'isthmus/files'
import { sql, sqlText } from 'isthmus/sql'

// What the shop writes into inbox/, one order per line.
const ShopOrder = model('ShopOrder', {
  version: 1,
  key: 'orderNo',
  pii: ['customer'],
  schema: Type.Object({
    orderNo: Type.String(),
    customer: Type.String(),
    article: Type.String(),
    quantity: Type.Integer({ minimum: 1 }),
    price: Type.Number({ minimum: 0 }),
  }),
})

// What our own systems agree on.
const SalesOrder = model('SalesOrder', {
  version: 1,
  key: 'orderId',
  pii: ['customer'],
  schema: Type.Object({
    orderId: Type.String(),
    customer: Type.String(),
    article: Type.String(),
    quantity: Type.Integer(),
    total: Type.Number(),
  }),
})

const shop = system('shop', {
  kind: 'other',
  connector: files({ folder: \`\${import.meta.dirname}/inbox\` }),
})
const orders = shop.read('orders', ShopOrder, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })

const erp = system('erp', {
  kind: 'erp',
  connector: sql({
    url: \`\${import.meta.dirname}/shop.db\`,
    setup: [
      sqlText\`create table if not exists sales_orders
        ("orderId" text primary key, customer text, article text, quantity integer, total real)\`,
    ],
  }),
})
const salesOrders = erp.table('sales-orders', SalesOrder, {
  table: 'sales_orders',
  mode: 'upsert',
  key: ['orderId'],
})

// The path of every order: cleaned, translated field by field, written exactly once.
export const orderIntake = flow('order-intake')
  .from(orders)
  .clean({ article: [trim, upperCase] })
  .map(SalesOrder, {
    orderId: order => order.orderNo,
    customer: order => order.customer,
    article: order => order.article,
    quantity: order => order.quantity,
    total: order => Math.round(order.quantity * order.price * 100) / 100,
  })
  .to(salesOrders)

export default landscape({ name: '${name}', systems: [shop, erp], flows: [orderIntake] })
`

const orders = `{"orderNo":"SO-1001","customer":"Lena Weber","article":" m8-bolt ","quantity":250,"price":0.12}
{"orderNo":"SO-1002","customer":"王小明","article":"m8-nut","quantity":250,"price":0.07}
{"orderNo":"SO-1003","customer":"Amina Diallo","article":"washer","quantity":0,"price":0.03}
{"orderNo":"SO-1004","customer":"Tom Baker","article":"bracket","quantity":12,"price":4.5}
`

const readme = (name: string) => `# ${name}

Orders from a folder become rows of a database: cleaned, checked, written exactly once. One of the four sample orders
has the quantity 0, so it is set aside for you to decide about.

    npm install
    npm start

In another terminal:

    npx isthmus status               # how it stands
    npx isthmus trace SO-1001        # everything that happened to an order
    npx isthmus parked list          # what waits for you
    npx isthmus parked edit order-intake/3
    npx isthmus verify               # the proof that every order is accounted for

Put further files (\`*.jsonl\`) into \`inbox/\`. The whole landscape is \`isthmus.ts\`; \`npm run dev\` starts it again when
you change it, \`npm run check\` finds mistakes before it runs.
`

const tsconfig = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
  },
  include: ['**/*.ts'],
}
