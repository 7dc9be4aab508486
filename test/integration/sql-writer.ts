// A process that writes batches of 500 rows until it is killed: `sql-writer.ts URL FIRST_BATCH`.
// It tells its parent the number of each batch before it writes it.
import { batchOf, connectTo, never, rowsChannel, sinkOf, targetAt } from './sql-harness.ts'

const [url = '', first = '1'] = process.argv.slice(2)
const target = targetAt({ url, lockTimeout: '60s' })
const sink = sinkOf(await connectTo(target), rowsChannel(target))
for (let batch = Number(first); ; batch++) {
  process.send?.(batch)
  await sink.write(batchOf(batch), never)
}
