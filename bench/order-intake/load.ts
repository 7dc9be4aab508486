import { Pool } from 'undici'
import { orderXml } from './order.ts'

// Posts orders over N connections, one at a time on each, as fast as they are answered; prints what it saw as JSON.
const [url, connections, count, prefix] = process.argv.slice(2) as [string, string, string, string]
const pool = new Pool(url, { connections: Number(connections), pipelining: 1 })
const latencies = new Float64Array(Number(count))
let next = 0

async function worker(): Promise<void> {
  for (let n = next++; n < latencies.length; n = next++) {
    const began = performance.now()
    const { statusCode, body } = await pool.request({
      path: '/orders',
      method: 'POST',
      headers: { 'content-type': 'application/xml' },
      body: orderXml(`${prefix}-${n}`),
    })
    await body.dump()
    if (statusCode !== 202) throw new Error(`answered ${statusCode}`)
    latencies[n] = performance.now() - began
  }
}

const began = performance.now()
await Promise.all(Array.from({ length: Number(connections) }, worker))
const seconds = (performance.now() - began) / 1000
latencies.sort()
const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)]
const startUp = began / 1000
console.log(JSON.stringify({ startUp, perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) }))
await pool.close()
