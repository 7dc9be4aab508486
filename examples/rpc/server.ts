import { createServer } from 'node:http'

// A little ERP that speaks XML-RPC, for examples/rpc. It prints what it is asked.
const answers: Readonly<Record<string, string>> = {
  login: '<string>session-of-the-till</string>',
  'product.price':
    '<struct><member><name>amount</name><value><double>12.50</double></value></member></struct>',
  'order.create': '<int>1</int>',
}

createServer(async (request, response) => {
  const call = Buffer.concat(await Array.fromAsync(request)).toString()
  const [, method = ''] = /<methodName>([^<]*)/.exec(call) ?? []
  if (method) console.log(method, /<struct>.*<\/struct>/s.exec(call)?.[0] ?? '')
  response.end(
    `<methodResponse><params><param><value>${answers[method]}</value></param></params></methodResponse>`,
  )
}).listen(8079, '127.0.0.1')
