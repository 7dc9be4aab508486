import { describe, it } from 'node:test'
import { warehouseProducts } from '../integration/warehouse-harness.ts'
import { killAtEach } from './kills.ts'

describe('a run whose process is killed', () => {
  for (const product of warehouseProducts)
    it(
      `is there once and whole, wherever that was (${product.name})`,
      { skip: product.skip, timeout: 500_000 },
      // Every one of them: npm run soak -- pipelines
      async () => void (await killAtEach(product, 3, [true])),
    )
})
